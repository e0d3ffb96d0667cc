// A run that is started over the API, and what it counted.
import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout } from "node:timers/promises";
import { configuration, flows } from "./bodies.mjs";
import { connect, industryData, refused, RetryHandlerOptions, sets, type } from "./common.mjs";

const client = connect();
const runs = industryData + "/runs";

// finished waits until no run is at work any more, and returns all, the newest first.
async function finished() {
	for (;;) {
		const { value } = await client.api(runs).get();
		if (value.length > 0 && value.every((run) => run.status !== "running")) {
			return value;
		}
		await setTimeout(100);
	}
}

// The set stays: whoever runs this looks at the directory afterwards.
test("a run is started, provisions, and counts the roster", { timeout: 60_000 }, async () => {
	const configurations = [configuration("staff", "Sku1", "Monday-1"), configuration("students", "Sku2", "Tuesday-2")];
	const { body } = flows.userProvisioningFlow;
	const users = { ...flows.userProvisioningFlow, body: { ...body, creationOptions: { configurations } } };
	await client.api(sets).post({
		displayName: "Whole district",
		provisioningFlows: Object.entries({ ...flows, userProvisioningFlow: users })
			.map(([name, { body }]) => ({ "@odata.type": type(name), ...body })),
	});
	await client.api(`${runs}/start`).post();
	const [run] = await finished();
	assert.match(run.displayName, /^Run \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
	assert.ok(["completed", "completedWithWarnings"].includes(run.status), run.status); // the roster may have some
	assert.ok(run.endDateTime >= run.startDateTime);
	assert.equal((await client.api(`${runs}/${run.id}`).get()).status, run.status);

	const spelt = await client.api(`${runs}/${run.id}/getStatistics`).get();
	const namespaced = await client.api(`${runs}/${run.id}/microsoft.graph.industryData.getStatistics()`).get();
	assert.deepEqual(namespaced, spelt);
	assert.equal(spelt.runId, run.id);
	assert.ok(spelt.inboundTotals.people > 0);
	assert.ok(spelt.inboundTotals.memberships > spelt.inboundTotals.groups);

	const { value: activities } = await client.api(`${runs}/${run.id}/activities`).get();
	assert.ok(activities.some((activity) => activity["@odata.type"].endsWith("inboundFlowActivity")));
	const expanded = await client.api(`${runs}/${run.id}`).expand("activities").get();
	assert.deepEqual(expanded.activities.map(({ id }) => id), activities.map(({ id }) => id));
});

test("too many runs are told when to come back", { timeout: 60_000 }, async () => {
	// Left to itself, the client waits as long as Retry-After says, three times.
	const impatient = [new RetryHandlerOptions(0, 0)];
	for (let i = 0; i < 6; i++) {
		try {
			await client.api(`${runs}/microsoft.graph.industryData.start`).middlewareOptions(impatient).post();
		} catch (error) {
			assert.equal(error.statusCode, 429, error.message);
			assert.equal(error.code, "TooManyRequests");
			assert.ok(Number(error.headers.get("Retry-After")) >= 1);
			return;
		}
		await finished();
	}
	assert.fail("six runs in a row were let pass");
});

test("a run that is not there", async () => {
	await refused(client.api(`${runs}/00000000-0000-0000-0000-000000000000`).get(), 404, "ResourceNotFound");
	await refused(client.api(`${runs}/00000000-0000-0000-0000-000000000000/getStatistics`).get(), 404, "ResourceNotFound");
});
