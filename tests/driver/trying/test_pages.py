"""The pages in a real browser: what they show, by keyboard alone, on small screens, to everyone, and to nobody else."""

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from bench import browser
from bench.browser import Browser
from tests.driver.trying.conftest import HOSTILE
from tests.emulator.client import Client

Served = Callable[..., AbstractContextManager[str]]
TAB, ENTER = "\ue004", "\ue007"
REVIEW = "A wonderful film, but an awful waste of time."
SIZES = [(320, "light"), (1100, "dark")]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser.opened(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def page(window: Browser) -> Iterator[Browser]:
    """The browser, for one test: no request may leave this machine, and no script may fail or be refused."""
    window.resize(1100)
    window.requested()
    window.complaints()
    yield window
    requested = window.requested()
    assert len(requested) > 5
    assert [url for url in requested if not browser.is_of_this_machine(url)] == []
    assert [said for said in window.complaints() if "the server responded with a status of 400" not in said] == []


@contextmanager
def shown(page: Browser, served: Served, *command: str, query: str = "") -> Iterator[None]:
    """The browser at the page of a command; it leaves before the server ends, which it would complain about."""
    with served(*command) as url:
        page.open(url.replace("#", f"{query}#"))
        yield
        page.open("about:blank")


def check_looks(page: Browser) -> None:
    """In either scheme and on a narrow screen: nothing is cut off, nothing is empty, no rule of axe-core is broken."""
    for width, scheme in SIZES:
        page.resize(width, scheme=scheme)
        assert page.look("return document.documentElement.scrollWidth") <= width
        assert page.violations() == []
        assert colours(page.picture()) > 20


def colours(png: bytes) -> int:
    """How many different rows of pixels a picture has: an empty page has one."""
    chunks, position = b"", 8
    while position < len(png):
        length = int.from_bytes(png[position : position + 4], "big")
        chunks += png[position + 8 : position + 8 + length] if png[position + 4 : position + 8] == b"IDAT" else b""
        position += 12 + length
    pixels = zlib.decompress(chunks)
    rows = int.from_bytes(png[20:24], "big")
    size = len(pixels) // rows
    return len({pixels[start : start + size] for start in range(0, len(pixels), size)})


def test_a_text_as_it_is_typed(page: Browser, served: Served) -> None:
    with shown(page, served, "try", "reviews", "words"):
        page.wait("return document.querySelectorAll('.panel').length == 2")
        assert page.look("return document.activeElement.id") == "text"
        page.keys(REVIEW)
        page.wait_for("ms at the endpoint")
        for kind, word in (("for", "wonderful"), ("against", "awful")):
            page.wait(
                f"return [...document.querySelectorAll('.text .{kind}')].some((one) => one.textContent == '{word}')"
            )
        spoken = page.wait("return document.getElementById('spoken').textContent")
        assert spoken.startswith("reviews: ")
        assert "%" in spoken
        assert page.look("return document.querySelector('.text').textContent") == REVIEW
        check_looks(page)


def test_neighbours_and_the_calls_by_keyboard_alone(page: Browser, served: Served) -> None:
    with shown(page, served, "try", "words"):
        page.wait("return document.activeElement.id == 'text'")
        page.keys("train - lunch")
        page.wait_for("Nearest words")
        reached = []
        for _ in range(8):
            page.keys(TAB)
            reached.append(page.look("return document.activeElement.textContent || document.activeElement.id"))
            if reached[-1] == "The same request elsewhere":
                break
        page.keys(ENTER)
        page.wait("return document.querySelector('.panel details').open")
        assert "--endpoint-name words" in page.text()
        check_looks(page)


def test_a_hostile_text_and_a_hostile_table_are_texts(page: Browser, served: Served, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>.csv"
    (tmp_path / name).write_text(
        f'label,text\n<b>pos</b>,"{HOSTILE.replace(chr(34), chr(34) * 2)}"\nneg,An awful film\n'
    )
    with shown(page, served, "try", "reviews", "labels"):
        page.wait("return document.querySelector('.panel')")
        page.look("const field = document.getElementById('text'); field.value = arguments[0];"
                  "field.dispatchEvent(new Event('input'))", HOSTILE)  # fmt: skip
        page.wait("return document.querySelector('.text')?.textContent == arguments[0]", HOSTILE)
        page.choose("#file", tmp_path / name)
        page.wait("return document.querySelectorAll('#results .panel').length == 2")
        page.wait_for("Accuracy")
        assert "<b>pos</b>" in page.text()
        assert page.look("return document.querySelectorAll('img, b, main script').length") == 0
        page.look("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        check_looks(page)
        page.look("[...document.querySelectorAll('button')].find((one) => one.textContent.startsWith('Save')).click()")


def test_a_page_that_was_opened_without_the_token(page: Browser, served: Served) -> None:
    with served("try", "reviews") as url:
        page.open(url.partition("#")[0])
        page.wait_for("open the address that launch.py printed")
        assert "reviews" not in page.text()
        for _ in range(4):
            page.look("return fetch('/api/about').then((answer) => answer.status)")
        page.complaints()  # of the browser, about status 403


def test_the_console(page: Browser, served: Served) -> None:
    with shown(page, served, "local", "console"):
        page.wait_for("trained")
        check_looks(page)
        page.resize(1100)
        page.look("[...document.querySelectorAll('a')].find((one) => one.textContent == 'trained').focus()")
        time.sleep(1.5)  # the page looks again, and leaves the focus where it is
        page.keys(ENTER)
        page.wait_for("Latest values")
        page.wait_for("train:lines")
        page.look("document.getElementById('request').open = true")
        page.wait("return document.body.innerText.includes('HyperParameters')")
        assert page.look("return document.querySelectorAll('img, main script').length") == 0
        check_looks(page)


def test_a_log_goes_on_while_it_is_looked_at(page: Browser, served: Served, emulated: Client) -> None:
    with shown(page, served, "local", "console", query="?kind=endpoint&name=news"):
        page.wait_for("Each request is a line.")
        lines = len(page.look("return document.getElementById('log').textContent"))
        invoke = emulated.running.client("sagemaker-runtime").invoke_endpoint
        invoke(EndpointName="news", ContentType="text/plain", Body=b"A late goal wins the cup")  # 24 bytes
        page.wait("return document.getElementById('log').textContent.slice(arguments[0]).includes(' 24,')", lines)


def test_objects_and_the_way_to_the_page_of_an_endpoint(page: Browser, served: Served) -> None:
    with shown(page, served, "local", "console"):
        for link in ("bucket", "hostile/", HOSTILE.replace("/", "")):
            page.wait(
                "return [...document.querySelectorAll('#objects a')].some((one) => one.textContent == arguments[0])",
                link,
            )
            page.look(
                "[...document.querySelectorAll('#objects a')].find((one) => one.textContent == arguments[0]).click()",
                link,
            )
        page.wait("return document.getElementById('preview').textContent == arguments[0]", HOSTILE)
        check_looks(page)
        page.look("[...document.querySelectorAll('#all a')].find((one) => one.textContent == 'reviews').click()")
        page.wait("return !document.getElementById('try')?.hidden && document.getElementById('try')?.href")
        page.look("document.getElementById('try').click()")
        page.wait("return document.activeElement.id == 'text'")
        assert "reviews, from the emulator" in page.text()
