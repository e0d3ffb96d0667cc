// Permission on behalf of a person, who signs in on the page that the device code leads to.
import assert from "node:assert/strict";
import test from "node:test";
import { DeviceCodeCredential } from "@azure/identity";
import { connect, refused, sets, unique } from "./common.mjs";

const { HOMEROOM_URL: url, HOMEROOM_TENANT: tenant, HOMEROOM_CLIENT: app } = process.env;
const { HOMEROOM_PERSON: name, HOMEROOM_PASSWORD: password } = process.env;

// submit sends a form of a page and returns the page that follows.
async function submit(page, fields) {
	const response = await fetch(page, { method: "POST", body: new URLSearchParams(fields) });
	const text = await response.text();
	assert.equal(response.status, 200, text);
	return text;
}

// signIn does with the page what the person would do.
async function signIn({ verificationUri, userCode }) {
	const page = await submit(verificationUri, { code: userCode, name, password });
	const [, ticket] = page.match(/name="ticket" value="([^"]*)"/);
	await submit(verificationUri + "/approve", { code: userCode, ticket, decision: "approve" });
}

test("an app acts for a person, with what was consented to and no more", { timeout: 60_000 }, async () => {
	const tokens = new DeviceCodeCredential({
		tenantId: tenant,
		clientId: app,
		authorityHost: url,
		disableInstanceDiscovery: true,
		userPromptCallback: signIn,
	});
	const client = connect(tokens);
	const set = await client.api(sets).post({ displayName: unique("for a person") });
	assert.equal(await client.api(`${sets}/${set.id}`).delete(), undefined);
	const denied = await refused(client.api("/external/industryData/runs/start").post(), 403, "Forbidden");
	assert.match(denied.message, /IndustryData-Run\.Start/);
});
