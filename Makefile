# `make` lists the targets. `make test` is what CI runs.

# Homeroom needs no C compiler, so its tests and checks use none.
export CGO_ENABLED = 0

# How long each fuzz target runs.
FUZZTIME ?= 30s

# How many simulations and how many kills a soak makes. They take about a day.
SIMULATIONS ?= 1000000
KILLS ?= 10000

LINT = go tool -modfile=tools/go.mod golangci-lint

.DEFAULT_GOAL := help
.PHONY: help build demo test check race fuzz soak clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

build: ## Build ./homeroom
	@scripts/setup
	go build -o homeroom ./cmd/homeroom

demo: build ## Build, then show the whole way from a roster to a directory
	./homeroom demo

test: check ## Do everything that CI does: checks, then all tests
	@scripts/setup chromium=chromium curl=curl node=nodejs npm=npm strace=strace ip=iproute2 nsenter=util-linux \
		cmd/homeroom/testdata/clients/package.json '/usr/lib/postgresql/*/bin/initdb=postgresql' /usr/sbin/slapd=slapd \
		/usr/sbin/samba=samba samba-tool=samba-common-bin /usr/share/doc/samba-ad-dc/copyright=samba-ad-dc \
		/usr/share/samba/setup/provision.ldif=samba-ad-provision '/usr/lib/*/samba/ldb/samldb.so=samba-dsdb-modules' \
		/usr/sbin/winbindd=winbind ldapsearch=ldap-utils
	go test -timeout 30m ./...

check: ## All checks but the tests, the fast ones first
	@scripts/setup
	@unformatted=$$(gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "Not formatted; run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	GOOS=windows go build ./...
	GOOS=darwin go build ./...
	$(LINT) run

race: ## All tests with the race detector, which needs a C compiler
	@scripts/setup gcc=gcc
	CGO_ENABLED=1 go test -race -timeout 2h ./...

fuzz: ## Run every fuzz target for FUZZTIME (30s), and send a hundred thousand bad requests
	go test ./api -run '^TestBadRequests$$' -badrequests 100000
	@grep -rn --include='*_test.go' '^func Fuzz' . | \
	sed -E 's|^(.*)/[^/]+:[0-9]+:func (Fuzz[A-Za-z0-9_]*)\(.*|\1 \2|' | \
	while read -r dir name; do \
		echo "$$name in $$dir"; \
		go test "$$dir" -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) || exit 1; \
	done

soak: ## Cut the power at every moment, simulate and kill runs, SIMULATIONS and KILLS times, until one goes wrong
	go test ./cmd/homeroom -run '^TestPowerCut' -cuts -1 -timeout 0 -v
	go test ./engine -run '^TestSimulation$$' -simulations $(SIMULATIONS) -timeout 0 -v
	go test ./cmd/homeroom -run '^TestKilled' -kills $(KILLS) -timeout 0 -v

clean: ## Remove what the targets above built
	rm -f homeroom homeroom.exe
