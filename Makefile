# Every target sets up by itself: it needs only python3 (3.11 or newer) and make.
# The verbs are those of `python -m crmlib`, which works the same where there is no make.

SHELL := /bin/sh
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The Python that makes .venv; empty means the first on the PATH that is new enough.
PYTHON ?=
STAMP := .venv/.ok
CRM := .venv/bin/python -m crmlib
export PYTHONUTF8 := 1

.PHONY: help setup lock doctor sample detect init clean report check actions lab test unit lint bench docs

help: ## list what can be done (これを表示)
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile
	@echo
	@awk '/^#: /{print "  " substr($$0, 4)}' Makefile

setup: $(STAMP) ## make or update the environment in .venv (環境を準備)
	@.venv/bin/python --version

$(STAMP): requirements.lock pyproject.toml
	@python=$$(sh tools/python.sh "$(PYTHON)") && "$$python" tools/setup.py

lock: $(STAMP) ## resolve pyproject.toml anew into requirements.lock and environment.yml (依存を更新)
	@$(CRM) lock $(ARGS)

doctor: $(STAMP) ## look whether this machine has what is needed (動作環境を点検)
	@$(CRM) doctor $(ARGS)

sample: $(STAMP) ## write the sample shop's data into data/sample (見本データを作成)
	@$(CRM) sample $(ARGS)

detect: $(STAMP) ## look at your files and say what is in them: FILES='a.csv b.xlsx' (ファイルの中身を判定)
	@$(CRM) detect $(FILES) $(ARGS)

init: $(STAMP) ## start a shop of your own for its files: SHOP=my-shop FILES='a.csv b.xlsx' (自分の店を始める)
	@$(CRM) init $(if $(SHOP),"$$SHOP") $(FILES) $(ARGS)

clean: $(STAMP) ## remove what can be made again; data, keys, published months stay (作業ファイルを削除)
	@$(CRM) clean $(ARGS)

report: $(STAMP) ## publish a month's report; without PARAMS the sample shop's (月次レポートを作成)
	@$(CRM) report $(REPORT) $(ARGS)

check: $(STAMP) ## run a published month again and compare (公開したレポートを検証)
	@$(CRM) check $(CHECK) $(ARGS)

actions: $(STAMP) ## hand out a month's list of whom to contact, names and all: PARAMS= MONTH= (声をかける方の一覧を書き出す)
	@$(CRM) actions $(ACTIONS) $(ARGS)

lab: $(STAMP) ## open the notebooks in JupyterLab (ノートブックを開く)
	@$(CRM) lab $(ARGS)

test: $(STAMP) ## run every test (すべてのテスト)
	@$(CRM) test $(ARGS)

unit: $(STAMP) ## run the quick tests only (速いテストだけ)
	@$(CRM) test --quick $(ARGS)

lint: $(STAMP) ## check style, types and import arrows (書き方の検査)
	@$(CRM) lint $(ARGS)

bench: $(STAMP) ## measure time and memory, all or ARGS='report cold' (速さとメモリーを測定)
	@$(CRM) bench $(ARGS)

docs: $(STAMP) ## write the reference pages that come from the code (資料を生成)
	@$(CRM) docs $(ARGS)

#: make report PARAMS=params/my-shop.yaml MONTH=2026-10 REPORT_LANG=ja|en|both JOBS=2
#:   also ONLY=20_rfm,… AS_OF=2026-11-01 OUT=folder, and FORCE=1 KEEP_GOING=1 FINAL=1 NO_CHECK=1
#: ARGS='…' hands anything else to `python -m crmlib`, which has the same verbs.

# Values reach the shell through the environment, so that spaces and quotes in them do no harm.
export PARAMS MONTH AS_OF REPORT_LANG ONLY JOBS OUT SHOP
option = $(if $($(2)),$(1) "$$$(2)")
flag = $(if $(filter-out 0 no false,$($(2))),$(1))
ACTIONS = $(if $(PARAMS),"$$PARAMS") $(call option,--month,MONTH) $(call option,--locale,REPORT_LANG) \
	$(call option,--out,OUT)
CHECK = $(if $(PARAMS),"$$PARAMS") $(call option,--month,MONTH) $(call option,--locale,REPORT_LANG) \
	$(call option,--only,ONLY) $(call option,--jobs,JOBS) $(call option,--out,OUT)
REPORT = $(CHECK) $(call option,--as-of,AS_OF) $(call flag,--force,FORCE) $(call flag,--keep-going,KEEP_GOING) \
	$(call flag,--final,FINAL) $(call flag,--no-check,NO_CHECK)
