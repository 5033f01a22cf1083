"""Makes the picture of the README from the app itself: python docs/images/make.py"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path


async def main(target: Path) -> None:
    from tutor.services.tutor import Tutor
    from tutor.ui.app import DlcsApp

    with Tutor.open() as tutor:
        app = DlcsApp(tutor, "sheet", "sigmoid-model")
        async with app.run_test(size=(90, 30)) as pilot:
            await pilot.pause()
            await pilot.press(*["pagedown"])
            await pilot.pause()
            app.save_screenshot(target.name, path=str(target.parent))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(DLCS_HOME=home, DLCS_NOW="2026-03-02T09:00:00")
        asyncio.run(main(Path(__file__).parent / "sheet.svg"))
