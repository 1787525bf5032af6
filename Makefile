# KECS's commands. `make` alone lists them.
# Settings that shall stay for this checkout (KECS_PORT=9080, KECS_CLUSTER_ISOLATED=1, …) can be put in .kecs/env.
-include .kecs/env
export

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

comma := ,
CLUSTER := node local-cluster/main.ts
# The lock file knows the native packages of this platform only; npm takes those of another when it does not read it.
LOCK := $(if $(filter Linux-x86_64,$(shell uname -s)-$(shell uname -m)),,--no-package-lock)
# Containers run on a real node, large numbers of tasks on simulated ones.
BENCH_NODES := $(if $(filter Linux-0,$(shell uname -s)-$(shell id -u)),real$(comma)kwok,kwok)
# npm writes this file last, so it tells whether what is installed is what the lock file says.
INSTALLED := node_modules/.package-lock.json

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): package-lock.json package.json
	@echo "installing npm packages …"
	@# Not `npm ci`: that refuses a lock file made where some platforms' optional packages cannot be had.
	@npm install $(LOCK) --no-save --no-fund --no-audit --loglevel=error
	@touch $@


.PHONY: up
up: $(INSTALLED) ## start a local Kubernetes with KECS in it (CONTEXT=name: use that context of your kubeconfig; NODES=kwok: simulated nodes)
	@$(CLUSTER) up

.PHONY: down
down: $(INSTALLED) ## end what `make up` started; state is kept
	@$(CLUSTER) down

.PHONY: reset
reset: $(INSTALLED) ## make down, and drop the state
	@$(CLUSTER) reset

.PHONY: status
status: $(INSTALLED) ## what runs, with pids, memory and logs
	@$(CLUSTER) status

.PHONY: logs
logs: ## follow the logs of gateway, operator and agent (PART=kubelet: of that part)
	@tail -n 50 -F $(if $(PART),.kecs/logs/$(PART).log,.kecs/logs/operator.log .kecs/logs/gateway.log .kecs/logs/agent.log)


.PHONY: build
build: $(INSTALLED) ## build the local cluster's programs and images into the cache, start nothing
	@$(CLUSTER) build

.PHONY: build-helm
build-helm: $(INSTALLED) ## build helm into the cache, as .kecs/bin/helm
	@$(CLUSTER) build-helm

.PHONY: image
image: $(INSTALLED) ## make the image kecs:dev without Docker, and load it into the local cluster if that runs
	@$(CLUSTER) image

.PHONY: generate
generate: $(INSTALLED) ## write types, schemas and CRDs anew from the ECS model
	@npm run --silent generate

.PHONY: check
check: $(INSTALLED) ## types, lint, generated files, unit tests: what needs no cluster
	@node e2e/run.ts unit

.PHONY: test
test: $(INSTALLED) ## every check and test, with the local cluster (TEST_FLAGS='-g words': only tests so titled)
	@node e2e/run.ts $(TEST_FLAGS)

.PHONY: fault
fault: $(INSTALLED) ## kill -9 a gateway ROUNDS=200 times during churn, and compare its history with a watch's record (make up first)
	@node e2e/fault/main.ts --rounds $(or $(ROUNDS),200) $(and $(SEED),--seed $(SEED))

.PHONY: bench
# Of cold starts, too, which are a make up.
bench: export NODES := $(or $(NODES),$(BENCH_NODES))
bench: export KWOK_NODES := $(or $(KWOK_NODES),40)
bench: $(INSTALLED) ## measure, and write docs/benchmarks.md (QUICK=1: a small run within five minutes; ONLY=name: one part; RIVALS=all: fakecloud, too)
	@$(CLUSTER) up
	@node bench/main.ts $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY)) $(if $(RIVALS),--rivals $(RIVALS))
