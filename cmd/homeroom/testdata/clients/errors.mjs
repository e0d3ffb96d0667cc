// Errors arrive as the client's own kind of error, with all that it reads of them.
import assert from "node:assert/strict";
import test from "node:test";
import { bearer, connect, credential, industryData, refused, sets, type, unique } from "./common.mjs";

const client = connect();

test("errors of requests", async () => {
	const nowhere = "00000000-0000-0000-0000-000000000000";
	await refused(client.api(`${sets}/${nowhere}`).get(), 404, "ResourceNotFound");
	await refused(client.api(`${sets}/${nowhere}/provisioningFlows`).post({}), 404, "ResourceNotFound");
	await refused(client.api(`${industryData}/nothing`).get(), 400, "BadRequest");
	await refused(client.api(sets).put({ displayName: "x" }), 405, "MethodNotAllowed");
	await refused(client.api(`${industryData}/roleGroups`).post({ id: "x" }), 405, "MethodNotAllowed");
	await refused(client.api(sets).filter("colour eq 'red'").get(), 400, "BadRequest");
	await refused(client.api(sets).filter("displayName eq").get(), 400, "BadRequest");
	const v1 = await refused(client.api(sets).version("v1.0").get(), 400, "BadRequest");
	assert.match(v1.message, /Resource not found for the segment 'industryData'/);
});

test("a bad body is told what is wrong, where, and what to write", async () => {
	const misspelt = await refused(client.api(sets).post({ displayNam: "x" }), 400, "BadRequest");
	assert.match(misspelt.message, /displayNam\b.*displayName/);
	await refused(client.api(sets).post({ displayName: null }), 400, "BadRequest");
	await refused(client.api(sets).post({}), 400, "BadRequest");
	await refused(client.api(sets).post({ displayName: 7 }), 400, "BadRequest");
	await refused(client.api(sets).post({ displayName: "x", filter: { "@odata.type": type("basicFilter") } }), 400, "BadRequest");

	const set = await client.api(sets).post({ displayName: unique("errors") });
	const flows = client.api(`${sets}/${set.id}/provisioningFlows`);
	await refused(flows.post({ creationOptions: {} }), 400, "BadRequest");
	await refused(flows.post({ "@odata.type": type("classGroupProvisioningFlow") }), 400, "BadRequest");
	const member = await refused(
		flows.post({ "@odata.type": type("classGroupProvisioningFlow"), configuration: { additionalAttributes: ["courseTitel"] } }),
		400,
		"BadRequest",
	);
	assert.match(member.message, /courseTitle/);
	assert.match(JSON.parse(member.body).target ?? "", /additionalAttributes/);
	await client.api(`${sets}/${set.id}`).delete();
});

test("tokens that are none", async () => {
	const { headers } = await refused(bearer("").api(sets).get(), 401, "InvalidAuthenticationToken");
	assert.match(headers.get("WWW-Authenticate"), /^Bearer realm="", authorization_uri="https:.*", client_id="00000003-0000-0000-c000-000000000000"$/);
	await refused(bearer("no.token.this").api(sets).get(), 401, "InvalidAuthenticationToken");
	const { token } = await credential().getToken("https://graph.microsoft.com/.default");
	await refused(bearer(token.slice(0, -4) + "AAAA").api(sets).get(), 401, "InvalidAuthenticationToken");
	const { value } = await bearer(token).api(sets).get();
	assert.ok(Array.isArray(value));
});

test("a secret that is wrong", async () => {
	await assert.rejects(credential({ secret: "wrong" }).getToken("https://graph.microsoft.com/.default"), /AADSTS7000215/);
});
