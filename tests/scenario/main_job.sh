#!/usr/bin/env bash
# main_job: what ./run plays. The steps are in main_job.py, which takes the same arguments:
#   main_job.sh BIN STATE ONCE KEEP   (see ./run)
exec env PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1 PYTHONUNBUFFERED=1 \
	python3 "$(dirname -- "${BASH_SOURCE[0]}")/main_job.py" "$@"
