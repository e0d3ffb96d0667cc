// Query options, and pages by the client's own iterator.
import assert from "node:assert/strict";
import test from "node:test";
import { connect, industryData, PageIterator, sets, unique } from "./common.mjs";

const client = connect();

test("the iterator walks all pages once", async () => {
	const prefix = unique("it's page");
	const made = [];
	for (let i = 0; i < 11; i++) {
		made.push((await client.api(sets).post({ displayName: `${prefix} ${String(i).padStart(2, "0")}` })).id);
	}
	const quoted = prefix.replaceAll("'", "''");
	const walk = async (request) => {
		const first = await request.get();
		const seen = [];
		await new PageIterator(client, first, (set) => seen.push(set.id) > 0).iterate();
		return { first, seen };
	};
	const mine = () => client.api(sets).filter(`startswith(displayName,'${quoted}')`);

	const { first, seen } = await walk(mine().top(4).count(true));
	assert.equal(first.value.length, 4);
	assert.equal(first["@odata.count"], made.length);
	assert.match(first["@odata.nextLink"], /^https:\/\/[^/]+\/beta\/external\/industryData\/outboundProvisioningFlowSets\?/);
	assert.deepEqual(seen, made);

	const backwards = await walk(mine().top(3).orderby("displayName desc").select("id,displayName"));
	assert.deepEqual(backwards.seen, [...made].reverse());
	assert.deepEqual(Object.keys(backwards.first.value[0]), ["id", "displayName"]);

	const all = await walk(client.api(sets).top(5));
	assert.deepEqual(all.seen.filter((id) => made.includes(id)), made);

	const skipped = await mine().skip(9).get();
	assert.deepEqual(skipped.value.map((set) => set.id), made.slice(9));
	assert.equal(skipped["@odata.nextLink"], undefined);

	assert.equal(await client.api(`${sets}/$count`).filter(`startswith(displayName,'${quoted}')`).get(), String(made.length));
	for (const id of made) {
		await client.api(`${sets}/${id}`).delete();
	}
});

test("options work without $, as PowerShell sends them", async () => {
	const { id } = await client.api(sets).post({ displayName: unique("bare") });
	const got = await client.api(`${sets}?filter=id eq '${id}'&select=displayName&count=true`).get();
	assert.equal(got["@odata.count"], 1);
	assert.equal(got.value.length, 1);
	await client.api(`${sets}/${id}`).delete();
});

test("what flows refer to can be read", async () => {
	const root = await client.api(industryData).get();
	assert.ok(root.id.length > 0);
	const groups = await client.api(`${industryData}/roleGroups`).get();
	assert.deepEqual(groups.value.map((group) => group.id), ["staff", "students"]);
	const staff = await client.api(`${industryData}/roleGroups('staff')`).get();
	assert.equal(staff.roles.length, 29);

	const codes = [];
	const first = await client.api(`${industryData}/referenceDefinitions`).filter("referenceType eq 'RefRole'").get();
	await new PageIterator(client, first, (definition) => codes.push(definition.code) > 0).iterate();
	assert.ok(codes.includes("teacher") && codes.includes("student"), String(codes));
	const one = await client.api(`${industryData}/referenceDefinitions/RefRole-teacher`).get();
	assert.equal(one.isDisabled, false);
});

test("a code of one's own is defined, changed and disabled", async () => {
	const code = "clients" + Date.now();
	const definitions = client.api(`${industryData}/referenceDefinitions`);
	const sortIndex = 1_000_000 + Math.floor(Math.random() * 1_000_000);
	const made = await definitions.post({ referenceType: "RefGradeLevel", code, isDisabled: false, sortIndex, displayName: "One" });
	assert.equal(made.id, "RefGradeLevel-" + code);
	assert.equal(made.source, "Tenant Defined");
	const one = client.api(`${industryData}/referenceDefinitions/${made.id}`);
	await one.patch({ displayName: "Two" });
	assert.equal((await one.get()).displayName, "Two");
	await one.delete();
	assert.equal((await one.get()).isDisabled, true);
});
