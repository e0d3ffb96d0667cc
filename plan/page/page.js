"use strict";
(() => {
	const plan = JSON.parse(document.getElementById("plan").textContent);
	const perPage = 50, printed = 5000;
	const element = id => document.getElementById(id);
	const search = element("search"), school = element("school"), kind = element("kind"), how = element("how");
	const list = element("list"), more = element("more"), count = element("count");
	const number = n => n.toLocaleString("en");
	const labels = {
		userPrincipalName: "User name", licenseSkus: "Licences", passwordFrom: "Password", relatedContacts: "Contacts",
		surname: "Family name", mailNickname: "Mail name",
	};
	const ways = [
		["held", "Waits for a decision"], ["create", "New"], ["change", "Changes"], ["remove", "Is taken away"],
		["stays", "Left as it is"], ["skipped", "Skipped"], ["failed", "Failed"], ["waiting", "Done in part"], ["open", "Not carried out"],
	];
	const wording = new Map(ways);

	// wayOf says how a step is listed: what is held first of all.
	function wayOf(step) {
		if (step.h) return "held";
		return {create: "create", update: "change", rewrite: "change", remove: "remove", delete: "remove"}[step.a] || "stays";
	}

	const rows = [];
	for (const step of plan.steps) rows.push({step, way: wayOf(step), kind: step.k, org: step.o || ""});
	for (const skip of plan.skips) rows.push({skip, way: "skipped", kind: skip.k, org: skip.o || ""});

	const label = name => labels[name] || capital(name.replace(/^education\./, "").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase());
	const capital = text => text.charAt(0).toUpperCase() + text.slice(1);
	const sentence = text => capital(text) + (/[.!?]$/.test(text) ? "" : ".");
	const folded = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
	const schoolName = id => plan.organizations[id] || id;

	// make makes an element; children may be texts.
	function make(tag, className, ...children) {
		const made = document.createElement(tag);
		if (className) made.className = className;
		made.append(...children.filter(c => c !== ""));
		return made;
	}
	const name = text => make("bdi", "", text);

	// What can be searched for: words of the step itself, and everybody it is about.
	const people = new Map();
	for (const [key, called] of Object.entries(plan.people)) people.set(key, folded(key + " " + called));
	const words = row => row.words ||= folded(row.step
		? [row.step.y, row.step.t || "", row.step.o || "", schoolName(row.step.o || "")].join(" ")
		: [row.skip.y, row.skip.t || "", row.skip.h, row.org, schoolName(row.org)].join(" "));
	function isAbout(row, text) {
		if (words(row).includes(text)) return true;
		if (!row.step) return false;
		for (const pairs of [row.step.p, row.step.m, row.step.r])
			for (const keys of pairs)
				for (const key of keys)
					if ((people.get(key) || folded(key)).includes(text)) return true;
		return false;
	}

	function matches(row, text) {
		if (kind.value && row.kind !== kind.value) return false;
		if (school.value && row.org !== (school.value === "-" ? "" : school.value)) return false;
		if (how.value && row.way !== how.value && (!row.step || !row.step.x || row.step.x.status !== how.value)) return false;
		return !text || isAbout(row, text);
	}

	function everybody(keys) {
		const all = make("span");
		const show = (from, to) => {
			const shown = make("span");
			for (let i = from; i < to; i++) {
				if (i > 0) shown.append(", ");
				const person = name(plan.people[keys[i]] || keys[i]);
				person.title = keys[i];
				shown.append(person);
			}
			return shown;
		};
		const first = Math.min(keys.length, 8);
		all.append(show(0, first));
		if (keys.length > first) {
			const rest = make("details", "", make("summary", "", " and " + number(keys.length - first) + " more"));
			rest.addEventListener("toggle", () => { if (rest.open && rest.children.length === 1) rest.append(show(first, keys.length)); });
			all.append(rest);
		}
		return all;
	}

	const plural = (n, one, many) => number(n) + " " + (n === 1 ? one : many || one + "s");

	function pairLine(sign, className, keys, what) {
		return make("li", "", make("span", className, sign + " " + plural(keys.length, what) + ": "), everybody(keys));
	}

	function valueLine([attribute, from, to]) {
		const line = make("li", "", make("span", "label", label(attribute) + ": "));
		if (from) line.append(make("del", "", name(from)), to ? " → " : "");
		if (to) line.append(make("ins", "", name(to)));
		return line;
	}

	// Of something new, what people know it by comes first, and the rest on demand.
	const telling = new Set(["userPrincipalName", "passwordFrom", "licenseSkus", "relatedContacts", "team", "description"]);

	function changes(step) {
		const all = make("ul", "changes");
		const rest = make("ul");
		for (const value of step.s || []) {
			if (value[0] === "displayName" && value[2] === step.t && !value[1]) continue; // it is the heading
			(step.a === "create" && !telling.has(value[0]) ? rest : all).append(valueLine(value));
		}
		for (const [i, what] of ["owner", "member"].entries()) {
			if (step.p[i].length) all.append(pairLine("+", "plus", step.p[i], what));
			if (step.m[i].length) all.append(pairLine("−", "minus", step.m[i], what));
			if (step.r[i].length) all.append(pairLine("·", "label", step.r[i], what));
		}
		if (rest.children.length)
			all.append(make("li", "", make("details", "", make("summary", "", plural(rest.children.length, "more value")), rest)));
		return all;
	}

	const place = record => {
		const at = record.lastIndexOf(":");
		return at < 0 ? "" : "In the roster: " + record.slice(0, at) + ", line " + record.slice(at + 1) + ".";
	};

	function heading(row, of) {
		const top = make("div", "top", make("span", "badge", wording.get(row.way)));
		const outcome = row.step && row.step.x;
		if (outcome && outcome.status !== "held")
			top.append(make("span", "badge " + outcome.status, outcome.status === "done" ? "Done" : wording.get(outcome.status)));
		if (of.v) top.append(make("span", "badge", "Approved"));
		top.append(make("strong", "", name(of.t || of.y)), make("span", "badge", singular(row.kind)));
		if (row.org) top.append(name(schoolName(row.org)));
		top.append(make("span", "key", of.y));
		return top;
	}
	const singular = kinds => kinds.replace(/s$/, "");

	function shown(row) {
		const of = row.step || row.skip;
		const item = make("li", row.way, heading(row, of));
		if (row.skip) {
			if (of.e) item.append(make("p", "why", name(sentence(of.e))));
			item.append(make("p", "why", [plan.held[of.d], place(of.f || "")].filter(Boolean).join(" "), " ", make("span", "key", of.h)));
			return item;
		}
		item.append(make("p", "why", [plan.because[of.b], place(of.f || "")].filter(Boolean).join(" ")));
		if (of.h) item.append(make("p", "ask", name(capital(plan.held[of.d || 0])), " ", make("span", "key", of.h)));
		if (of.x && of.x.message) item.append(make("p", "ask", name(sentence(of.x.message))));
		const all = changes(of);
		if (all.children.length) item.append(all);
		return item;
	}

	let found = [], at = 0;
	function showMore(n) {
		const until = Math.min(found.length, at + n);
		const fragment = document.createDocumentFragment();
		for (; at < until; at++) fragment.append(shown(found[at]));
		list.append(fragment);
		more.hidden = at === found.length;
	}
	function filter() {
		const text = folded(search.value.trim());
		found = rows.filter(row => matches(row, text));
		at = 0;
		list.replaceChildren();
		showMore(perPage);
		const all = plural(rows.length, "entry", "entries");
		count.textContent = found.length === rows.length ? all : number(found.length) + " of " + all;
	}

	function offer(select, values) {
		for (const [value, text] of values) {
			const option = make("option", "", text);
			option.value = value;
			option.dir = "auto";
			select.append(option);
		}
		select.addEventListener("change", filter);
	}
	const orgs = [...new Set(rows.map(row => row.org))].filter(Boolean)
		.map(id => [id, schoolName(id)]).sort((a, b) => a[1].localeCompare(b[1]));
	offer(school, orgs.concat(rows.some(row => !row.org) ? [["-", "of no school"]] : []));
	offer(kind, [...new Set(rows.map(row => row.kind))].map(k => [k, k]));
	const present = new Set(rows.flatMap(row => [row.way, row.step && row.step.x ? row.step.x.status : row.way]));
	offer(how, ways.filter(([way]) => present.has(way)));

	let timer;
	search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
	search.addEventListener("change", filter);
	search.form.addEventListener("submit", event => event.preventDefault());
	more.addEventListener("click", () => showMore(perPage));
	addEventListener("beforeprint", () => {
		showMore(printed - at);
		for (const rest of list.querySelectorAll("details")) rest.open = true;
	});
	element("steps").hidden = false;
	filter();
})();
