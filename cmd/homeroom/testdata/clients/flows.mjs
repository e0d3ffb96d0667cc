// Create, read, update and delete: flow sets, and flows of all four types.
import assert from "node:assert/strict";
import test from "node:test";
import { configuration, flows } from "./bodies.mjs";
import { connect, mask, refused, sets, type, unique, without } from "./common.mjs";

const client = connect();
const basicFilter = { "@odata.type": type("basicFilter"), attribute: "orgExternalId", in: ["Quarter", "Demo"] };

test("a flow set is created, read, changed and deleted", async () => {
	const displayName = unique("set");
	const created = await client.api(sets).post({ displayName, filter: basicFilter });
	assert.match(created.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
	assert.equal(created.createdDateTime, created.lastModifiedDateTime);
	assert.deepEqual(without(created, "id", "createdDateTime", "lastModifiedDateTime"), { displayName, filter: basicFilter });

	// The documentation writes the segment in both ways.
	const one = client.api(sets.replace("/outbound", "/Outbound") + "/" + created.id);
	assert.deepEqual(await one.get(), created);
	const parenthesised = client.api(`${sets}('${created.id}')`);
	assert.deepEqual(await parenthesised.get(), created);

	const renamed = unique("renamed");
	assert.equal(await one.patch({ displayName: renamed }), undefined);
	const changed = await one.get();
	assert.equal(changed.displayName, renamed);
	assert.deepEqual(changed.filter, basicFilter);
	assert.ok(changed.lastModifiedDateTime > created.lastModifiedDateTime);

	const listed = await client.api(sets).get();
	assert.ok(listed.value.some((set) => set.id === created.id));

	assert.equal(await one.delete(), undefined);
	await refused(one.get(), 404, "ResourceNotFound");
	await refused(one.delete(), 404, "ResourceNotFound");
});

const readOnly = ["id", "createdDateTime", "lastModifiedDateTime", "readinessStatus"];
const own = (flow) => {
	const body = without(flow, ...readOnly);
	delete body.managementOptions?.additionalOptions.markAllStudentsAsMinors; // null, if it is there at all
	return body;
};

test("a flow of each type is created, read, changed, reset and deleted", async (t) => {
	const set = await client.api(sets).post({ displayName: unique("four flows") });
	const all = client.api(`${sets}/${set.id}/provisioningFlows`);
	const ids = [];
	for (const [name, { body, change, after }] of Object.entries(flows)) {
		await t.test(name, async () => {
			const created = await all.post({ "@odata.type": type(name), ...body });
			ids.push(created.id);
			assert.equal(created["@odata.type"], type(name));
			assert.equal(created.readinessStatus, "notReady");
			assert.deepEqual(own(created), body);

			const one = client.api(`${sets}/${set.id}/provisioningFlows/${created.id}`);
			assert.deepEqual(own(await one.get()), body);
			assert.equal(await one.patch({ "@odata.type": type(name), ...change }), undefined);
			assert.deepEqual(own(await one.get()), after);

			const conflict = await refused(all.post({ "@odata.type": type(name), ...body }), 409, "Conflict");
			assert.match(conflict.message, new RegExp(name));

			for (const spelling of ["reset", "microsoft.graph.industryData.reset"]) {
				await client.api(`${sets}/${set.id}/provisioningFlows/${created.id}/${spelling}`).post();
			}
		});
	}
	const listed = await all.get();
	assert.deepEqual(listed.value.map((flow) => flow.id), ids);
	const expanded = await client.api(`${sets}/${set.id}`).expand("provisioningFlows").get();
	assert.deepEqual(expanded.provisioningFlows.map((flow) => flow.id), ids);

	await client.api(`${sets}/${set.id}/provisioningFlows/${ids[0]}`).delete();
	assert.equal(await client.api(`${sets}/${set.id}/provisioningFlows/$count`).get(), String(ids.length - 1));
	await client.api(`${sets}/${set.id}`).delete();
	await refused(client.api(`${sets}/${set.id}/provisioningFlows/${ids[1]}`).get(), 404, "ResourceNotFound");
});

test("configurations of users keep their passwords to themselves", async () => {
	const set = await client.api(sets).post({ displayName: unique("passwords") });
	const created = await client.api(`${sets}/${set.id}/provisioningFlows`).post({
		"@odata.type": type("userProvisioningFlow"),
		...flows.userProvisioningFlow.body,
		creationOptions: { configurations: [configuration("staff", "Sku1", "Monday-1"), configuration("students", "Sku2", "Tuesday-2")] },
	});
	const one = client.api(`${sets}/${set.id}/provisioningFlows/${created.id}`);
	const got = await one.get();
	const [staff, students] = got.creationOptions.configurations;
	assert.equal(staff.roleGroup.displayName, "Staff");
	assert.deepEqual(students.roleGroup, { id: "students", displayName: "Students", roles: [{ code: "student" }] });
	assert.equal(students.defaultPasswordSettings.password, mask);
	assert.doesNotMatch(JSON.stringify([created, got]), /Monday|Tuesday/);

	// What was read can be written back as it is: the mask stands for the password that is there.
	got.creationOptions.configurations[1].licenseSkus = ["Sku3"];
	await one.patch(got);
	const again = await one.get();
	assert.deepEqual(again.creationOptions.configurations[1].licenseSkus, ["Sku3"]);

	const twice = { configurations: [configuration("staff", "Sku1", "a"), configuration("staff", "Sku2", "b")] };
	await refused(one.patch({ creationOptions: twice }), 400, "BadRequest");
	await client.api(`${sets}/${set.id}`).delete();
});

test("flows come with their set", async () => {
	const deep = await client.api(sets).post({
		displayName: unique("deep"),
		provisioningFlows: Object.entries(flows).map(([name, { body }]) => ({ "@odata.type": type(name), ...body })),
	});
	const one = await client.api(`${sets}/${deep.id}`).expand("provisioningFlows").get();
	assert.deepEqual(one.provisioningFlows.map((flow) => flow["@odata.type"]), Object.keys(flows).map(type));

	const name = unique("nothing of it");
	const broken = [{ "@odata.type": type("securityGroupProvisioningFlow"), ...flows.securityGroupProvisioningFlow.body }, {}];
	await refused(client.api(sets).post({ displayName: name, provisioningFlows: broken }), 400, "BadRequest");
	const found = await client.api(sets).filter(`displayName eq '${name}'`).get();
	assert.deepEqual(found.value, []);
	await client.api(`${sets}/${deep.id}`).delete();
});
