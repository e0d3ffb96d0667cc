// What the scenarios share: a client of the server that the environment names, and
// what they expect again and again.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { ClientSecretCredential } from "@azure/identity";
import graph from "@microsoft/microsoft-graph-client";
import provider from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";

export const { PageIterator, BatchRequestContent, BatchResponseContent, GraphError, RetryHandlerOptions } = graph;

// HOMEROOM_URL is https://host:port, the rest is what `homeroom apps create` printed.
const { HOMEROOM_URL: url, HOMEROOM_TENANT: tenant, HOMEROOM_CLIENT: app, HOMEROOM_SECRET: secret } = process.env;

export const industryData = "/external/industryData";
export const sets = industryData + "/outboundProvisioningFlowSets";
export const mask = "*".repeat(15);
export const type = (name) => "#microsoft.graph.industryData." + name;
export const unique = (name) => `${name} ${randomUUID()}`;

// credential returns one of azidentity, which knows no authority but the server.
export function credential(options = {}) {
	return new ClientSecretCredential(options.tenant ?? tenant, options.app ?? app, options.secret ?? secret, {
		authorityHost: url,
		disableInstanceDiscovery: true,
	});
}

// connect returns a client as a vendor makes one: with another host, and beta.
export function connect(tokens = credential()) {
	return graph.Client.initWithMiddleware({
		authProvider: new provider.TokenCredentialAuthenticationProvider(tokens, {
			scopes: ["https://graph.microsoft.com/.default"],
		}),
		baseUrl: url + "/",
		defaultVersion: "beta",
		customHosts: new Set([new URL(url).hostname]),
	});
}

// bearer returns a client that sends one token, whatever it is.
export function bearer(token) {
	return graph.Client.initWithMiddleware({
		authProvider: { getAccessToken: async () => token },
		baseUrl: url + "/",
		defaultVersion: "beta",
		customHosts: new Set([new URL(url).hostname]),
	});
}

// refused wants a promise to fail with a status and a code, and returns the error. A
// shape that the client cannot read makes another error than GraphError.
export async function refused(promise, status, code) {
	let error;
	try {
		await promise;
	} catch (thrown) {
		error = thrown;
	}
	assert.ok(error instanceof GraphError, `wanted ${status} ${code}, got ${error ?? "no error"}`);
	assert.equal(error.statusCode, status, error.message);
	assert.equal(error.code, code, error.message);
	assert.ok(error.message.length > 10, "the error says nothing");
	assert.match(error.requestId, /^[0-9a-f-]{36}$/);
	assert.match(JSON.parse(error.body).innerError["client-request-id"], /^[0-9a-f-]{36}$/);
	return error;
}

// without returns an entity without its annotations and without some properties.
export function without(entity, ...names) {
	return Object.fromEntries(Object.entries(entity).filter(([name]) => !name.includes("@odata") && !names.includes(name)));
}
