"""page.js, httpReq.js, tooltip.js and the custom elements in a real browser, under ``default-src 'self'``."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page

from tests.rpc.browser.served import TOKEN
from tests.waiting import wait_for

pytestmark = pytest.mark.once

SCRIPTS = ("page", "httpReq", "tooltip", "customElements/svg-favicon", "customElements/custom-element")


@pytest.fixture
def page(new_page: Page, address: str) -> Page:
    """The quickstart's page with only its script paths changed."""
    new_page.goto(f"{address}/tools.html")
    new_page.wait_for_selector("flexible-el div")
    return new_page


@pytest.fixture
def empty(new_page: Page, address: str) -> Iterator[Page]:
    """A page with all tools, loaded as modules."""
    new_page.goto(f"{address}/empty.html")
    for script in SCRIPTS:
        new_page.evaluate(f"import('/static/smallweb_rpc/{script}.js').then(() => {{}})")
    yield new_page


def test_the_quickstart_page_is_made_of_its_templates(page: Page, said: list[str]) -> None:
    forms = page.evaluate(
        """[...document.querySelectorAll("template-form")].map((form) => [
            form.querySelector("h5").textContent,
            form.querySelector("[type=text]").placeholder,
            form.querySelector("[type=number]").value,
            form.querySelector("pre").textContent,
        ])"""
    )
    assert forms == [
        ["test", "enter value for test", "7", "Inner HTML = TEST"],
        ["test2", "enter value for test2", "5", "Inner HTML = ABC"],
        ["default_name", "enter value for default_name", "17", "Inner HTML = DEF"],
    ]
    row = "[...document.querySelectorAll('flexible-el button')].map((button) => button.textContent)"
    assert page.evaluate(row) == ["A", "A", "b"]
    lefts = page.evaluate(row.replace("textContent", "getBoundingClientRect().left"))
    assert lefts == sorted(set(lefts)), "side by side: the template's style holds under the policy"
    assert not page.locator("custom-template").first.is_visible()
    assert not [line for line in said if line.startswith("uncaught")]


def test_the_drawing_becomes_the_icon_and_follows_its_attributes(page: Page) -> None:
    icon = "document.querySelector('link[rel=icon]')?.href ?? ''"
    drawn = unquote(wait_for(lambda: page.evaluate(icon), limit_s=60))
    assert drawn.startswith("data:image/svg+xml,<svg")
    assert 'viewBox="0 0 10 10"' in drawn
    assert '<circle r="5" cx="5" cy="5" style="fill: blue;"/>' in drawn
    page.evaluate("document.querySelector('svg-favicon').setAttribute('color', 'red')")
    wait_for(lambda: "fill: red;" in unquote(page.evaluate(icon)), limit_s=60)
    is_image = f"""new Promise((done) => {{
        const image = new Image();
        image.onload = () => done(image.width > 0);
        image.src = {icon};
    }})"""
    assert page.evaluate(is_image)


def test_a_tooltip_shows_on_hover_and_on_focus_and_escape_hides_it(page: Page) -> None:
    button = page.locator("flexible-el button").first
    bubble = page.locator("[role=tooltip]")
    button.hover()
    assert bubble.inner_text() == "this is a button"
    assert bubble.get_attribute("class") == "smallweb-tooltip def"
    assert button.get_attribute("aria-describedby") == bubble.get_attribute("id")
    box = bubble.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    bubble.hover()  # one may move into it
    assert bubble.is_visible()
    page.mouse.move(200, 600)
    bubble.wait_for(state="hidden")
    assert button.get_attribute("aria-describedby") is None
    button.focus()
    assert bubble.is_visible()
    page.keyboard.press("Escape")
    assert not bubble.is_visible()


@pytest.mark.parametrize(
    ("written", "text", "kind"),
    [
        ("tip", "tip", "def"),
        ("a #1 tip#warn", "a #1 tip", "warn"),
        ("tip#", "tip", "def"),
        ("<b>#x y", "<b>", "x y"),
    ],
)
def test_the_last_hash_of_a_tooltip_names_its_class(empty: Page, written: str, text: str, kind: str) -> None:
    code = """([written]) => {
        document.body.innerHTML = "<button>b</button>";
        const button = document.querySelector("button");
        button.setAttribute("aria-describedby", "other");
        button.setAttribute("tooltip", written);
        button.focus();
        const bubble = document.querySelector("[role=tooltip]");
        const shown = [bubble.textContent, bubble.className, button.getAttribute("aria-describedby")];
        button.blur();
        return [...shown, button.getAttribute("aria-describedby")];
    }"""
    told = empty.evaluate(code, [written])
    assert told == [text, f"smallweb-tooltip {kind}", "other smallweb-tooltip", "other"]


def test_what_is_filled_in_is_text_and_no_code(empty: Page, said: list[str]) -> None:
    code = """async () => {
        document.body.innerHTML = `
            <custom-template type="x-link" text="none" to="" name="short" name_of="long">
                <a href="$to" title="$text: $innerHTML"
                    onclick="$text">$text</a> $name $name_of $names $5 $#none <i>$innerHTML</i>
            </custom-template>
            <x-link text="<img src=x onerror=alert(1)>" to="javascript:alert(2)">in <b>bold</b></x-link>
            <x-link TEXT="$to" to="/$text"></x-link>`;
        await customElements.whenDefined("x-link");
        return [...document.querySelectorAll("x-link")].map((made) => made.innerHTML.trim());
    }"""
    first, second = empty.evaluate(code)
    assert "<img" not in first.replace('title="<img', "")
    assert "&lt;img src=x onerror=alert(1)&gt;</a> short long $names $5  <i>in <b>bold</b></i>" in first
    assert 'href="$to"' in first
    assert 'onclick="$text"' in first
    assert ': in bold"' in first
    assert second == '<a href="/$text" title="$to: " onclick="$text">$to</a> short long $names $5  <i></i>'
    assert not [line for line in said if "alert" in line and "uncaught" in line]


def test_elements_made_later_and_inside_others_are_filled_too(empty: Page) -> None:
    code = """async () => {
        document.body.innerHTML = `
            <custom-template type="x-inner" name="nobody"><u>$name</u></custom-template>
            <custom-template type="x-outer" name="nobody">
                <template><x-inner name="$name"></x-inner><p>$innerHTML</p></template>
            </custom-template>`;
        await customElements.whenDefined("x-outer");
        const made = document.createElement("x-outer");
        made.setAttribute("name", "Ann");
        const button = document.createElement("button");
        let clicks = 0;
        button.addEventListener("click", () => clicks++);
        made.append(button);
        document.body.append(made);
        made.querySelector("button").click();
        made.setAttribute("name", "Bob");
        made.querySelector("button").click();
        return [made.querySelector("u").textContent, made.querySelectorAll("button").length, clicks];
    }"""
    assert empty.evaluate(code) == ["Bob", 1, 2]


def test_a_template_that_contains_itself_ends(empty: Page, said: list[str]) -> None:
    code = """async () => {
        document.body.innerHTML = `
            <custom-template type="x-self"><x-self></x-self></custom-template>
            <x-self></x-self>`;
        await customElements.whenDefined("x-self");
        return document.querySelectorAll("x-self").length < 100;
    }"""
    assert empty.evaluate(code)
    wait_for(lambda: empty.evaluate("true") and any("contains itself" in line for line in said), limit_s=60)


def test_page_reaches_and_changes_elements(empty: Page) -> None:
    code = """async () => {
        await page.ready;
        document.body.innerHTML = `
            <h1 id="title">a</h1><input id="field"><p class="x">1</p><p class="x">2</p>`;
        page.title = "<b>";
        page.field = "typed";
        page.text(".x", "same");
        page.attribute("p", "lang", "de");
        const lang = page.attribute("p", "lang");
        page.attribute(document.querySelector("p"), "lang", null);
        page.hide(".x");
        const hidden = page.all("p:not([hidden])").length;
        page.show(".x");
        page.html("#title", "<i>b</i>");
        const heard = [];
        const stop = page.on("i, .late", "click", (event, element) => heard.push(element.className));
        page.on(page.title, "click", (event, element) => heard.push(element.id));
        document.body.insertAdjacentHTML("beforeend", `<u class="late">l</u>`);
        for (const element of page.all("i, u")) element.click();
        stop();
        page.all("u")[0].click();
        return [page.title.outerHTML, page.value("#field"), page.text(".x"), page.text(".none"),
            page.nothing, lang, page.attribute("p", "lang"), hidden, page.all(".x").length, heard,
            (await page) === page];
    }"""
    assert empty.evaluate(code) == [
        '<h1 id="title"><i>b</i></h1>', "typed", "same", None, None, "de", None, 0, 2,
        ["", "title", "late"], True,
    ]  # fmt: skip


def test_requests_carry_json_forms_and_the_token(empty: Page) -> None:
    code = """async () => {
        const got = await httpReq.get("/echo", { params: { a: 1, b: ["x", "y"], c: undefined } });
        const posted = await httpReq.post("/echo", { json: { n: [1] } });
        const form = await httpReq.put("/echo", { form: { name: "Ann" }, headers: { "X-Own": "1" } });
        const removed = await httpReq.delete("/echo");
        const text = await httpReq.get("/static/smallweb_rpc/rpc.mjs");
        const refused = await httpReq.post("/echo?status=403", { json: 1 }).catch((error) => error);
        const stopped = await httpReq.get("/echo", { signal: AbortSignal.abort() }).catch((error) => error);
        return [
            [got.query, got.headers["x-csrftoken"] ?? null],
            [posted.method, posted.body, posted.headers["content-type"], posted.headers["x-csrftoken"]],
            [form.method, form.body.includes('name="name"'), form.headers["x-own"]],
            removed.method,
            text.includes("export default"),
            [refused.name, refused instanceof httpReq.HttpError, refused.status, refused.data.method],
            [stopped.name, stopped.status, stopped.cause.name],
        ];
    }"""
    assert empty.evaluate(code) == [
        ["a=1&b=x&b=y", None],
        ["POST", '{"n":[1]}', "application/json", TOKEN],
        ["PUT", True, "1"],
        "DELETE",
        True,
        ["HttpError", True, 403, "POST"],
        ["HttpError", 0, "AbortError"],
    ]


def test_a_request_has_a_time_limit(empty: Page) -> None:
    code = "httpReq.get('/echo?slow', { timeout: 50 }).catch(({ name, cause }) => [name, cause.name])"
    assert empty.evaluate(code) == ["HttpError", "TimeoutError"]
