"""Takes the pictures of docs/images: each letter on every width, light and dark; `make pictures` runs it."""

from __future__ import annotations

import base64
import io
import shutil
import sys
from datetime import UTC, datetime

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from pipeline.edition.sample import fill_sample
from support.environment import CHROMIUM_ARGUMENTS
from support.letter_parts import REPO
from support.letters import LETTERS
from support.rendering import render_letter

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
FOLDER = REPO / "docs" / "images"
WIDTHS = (320, 375, 700)
SCHEMES = ("light", "dark")
SCALE = 0.36
README_HEIGHT = 1500
COLOURS = 128

SHEET = """<body style="margin:0;padding:24px;background:#8a8f9c;display:flex;gap:24px;align-items:flex-start;
width:max-content;font:bold 20px Helvetica,Arial,sans-serif;color:#fff">{}</body>"""
ONE = '<div><div style="padding-bottom:10px">{label}</div><img src="data:image/png;base64,{data}"></div>'


def show(browser: Browser, html: str, *, width: int, scheme: str = "light", height: int = 0) -> bytes:
    """Take a picture of a whole page, or of its top."""
    page = browser.new_page(viewport={"width": width, "height": height or 900}, color_scheme=scheme)
    page.set_content(html)
    try:
        return page.screenshot(full_page=not height)
    finally:
        page.close()


def save(picture: bytes, name: str, scale: float = 1) -> None:
    """Write a picture in few colours."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    size = (round(image.width * scale), round(image.height * scale))
    small = image.resize(size, Image.Resampling.LANCZOS)
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / name, optimize=True)


def main() -> None:
    """Take all pictures anew."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or sys.exit("Chromium is missing"),
            args=CHROMIUM_ARGUMENTS,
        )
        for name, (_, head) in LETTERS.items():
            phrase = f"1,300+ {head.audience}"
            html = fill_sample(render_letter(name), head, phrase=phrase, at=AT).html
            shots = [
                ONE.format(
                    label=f"{width} px, {scheme}",
                    data=base64.b64encode(show(browser, html, width=width, scheme=scheme)).decode(),
                )
                for scheme in SCHEMES
                for width in WIDTHS
            ]
            save(show(browser, SHEET.format("".join(shots)), width=3000), f"{name}.png", SCALE)
            if name == "ordinary":
                save(show(browser, html, width=700, height=README_HEIGHT), "issue.png")
        browser.close()


if __name__ == "__main__":
    main()
