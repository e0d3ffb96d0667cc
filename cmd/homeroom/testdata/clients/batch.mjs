// Several requests in one, as the client packs them.
import assert from "node:assert/strict";
import test from "node:test";
import { BatchRequestContent, BatchResponseContent, connect, refused, sets, unique } from "./common.mjs";

const client = connect();

// The client takes away scheme and host, and nothing else.
const request = (method, path, body) =>
	new Request("https://host" + path, {
		method,
		headers: body && { "Content-Type": "application/json" },
		body: body && JSON.stringify(body),
	});

const send = async (...steps) => {
	const content = await new BatchRequestContent(steps).getContent();
	return new BatchResponseContent(await client.api("/$batch").post(content));
};

test("a batch reads, creates, and stops where something it depends on failed", async () => {
	const displayName = unique("batch");
	const answers = await send(
		{ id: "1", request: request("GET", "/external/industryData/roleGroups") },
		{ id: "2", request: request("POST", sets, { displayName }), dependsOn: ["1"] },
		{ id: "3", request: request("GET", sets + "/00000000-0000-0000-0000-000000000000"), dependsOn: ["2"] },
		{ id: "4", request: request("GET", sets), dependsOn: ["3"] },
	);
	const groups = answers.getResponseById("1");
	assert.equal(groups.status, 200);
	assert.equal((await groups.json()).value.length, 2);
	const created = answers.getResponseById("2");
	assert.equal(created.status, 201);
	const set = await created.json();
	assert.equal(set.displayName, displayName);
	const missing = answers.getResponseById("3");
	assert.equal(missing.status, 404);
	assert.equal((await missing.json()).error.code, "ResourceNotFound");
	assert.equal(answers.getResponseById("4").status, 424);

	const removed = await send({ id: "x", request: request("DELETE", `${sets}/${set.id}`) });
	assert.equal(removed.getResponseById("x").status, 204);
	await refused(client.api(`${sets}/${set.id}`).get(), 404, "ResourceNotFound");
});

test("more than twenty, and ids twice, are refused", async () => {
	const get = (id) => ({ id, method: "GET", url: "/external/industryData/roleGroups" });
	const many = { requests: Array.from({ length: 21 }, (_, i) => get(String(i))) };
	await refused(client.api("/$batch").post(many), 400, "BadRequest");
	await refused(client.api("/$batch").post({ requests: [get("a"), get("A")] }), 400, "BadRequest");
});
