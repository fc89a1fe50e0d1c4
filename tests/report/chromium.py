"""Chromium without a window, for looking at a page; skipped, or failed in CI, without it."""

import json
import os
import shutil
import subprocess

import pytest

SECONDS = 120
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
)
# What Chromium asks for itself, whatever the page; no name is resolved here anyway.
ITS_OWN = ("googleapis.com", "gvt1.com", "google.com")


def look(page, folder, *options):
    """Open a page; return what Chromium printed."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and CI shows nothing without it")
        pytest.skip("Chromium is not installed")
    profile = f"--user-data-dir={folder}/profile"
    rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    run = subprocess.run(  # noqa: S603 - a browser, and a page of ours
        [chromium, *OPTIONS, profile, rules, *options, page.as_uri()],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return run.stdout


def dom(page, folder):
    """The page as Chromium understood it."""
    return look(page, folder, "--dump-dom")


def requests_of(page, folder):
    """The addresses that Chromium asked for because of the page."""
    log = folder / "net.json"
    look(page, folder, f"--log-net-log={log}", f"--screenshot={folder}/page.png")
    events = json.loads(log.read_text())["events"]
    urls = {event.get("params", {}).get("url", "") for event in events}
    return {url for url in urls if url and not url.split("/")[2].endswith(ITS_OWN)}
