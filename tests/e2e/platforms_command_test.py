#!/usr/bin/env python3
"""`tillwatch platforms`: what can be watched, and what each needs."""

import pathlib

from harness import EndToEnd, main, tillwatch

FILES = pathlib.Path(__file__).resolve().parents[2] / "config" / "data" / "platforms"
OWN = """\
platform: corner
title: Corner shop
product: {ware: {type: string, about: number of the ware}}
variables: {branch: {about: which branch}}
probes: {storefront: {steps: [{get: "/{{ branch }}/{{ product.ware }}"}]}}
"""


class PlatformsCommandTest(EndToEnd):
    def test_every_platform_is_listed_with_what_it_needs(self):
        done = tillwatch("platforms")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for file in FILES.glob("*.yaml"):
            self.assertIn(f"{file.stem}: ", done.stdout)
        shopware = done.stdout.split("\nshopware: ")[1].split("\n\n")[0]
        for line in ["  probes   storefront, add_to_cart, checkout",
                     "  product  path      path of the product page",
                     "           currency  expected ISO 4217 currency of the sales channel (optional)",
                     "  needs    access_key  access key of the sales channel (SWSC...)",
                     "  may set  store_api, pages, quantity"]:
            self.assertIn(line, shopware)

    def test_a_platform_is_shown_as_it_is_written(self):
        for file in FILES.glob("*.yaml"):
            done = tillwatch("platforms", "show", file.stem)
            self.assertEqual((done.returncode, done.stdout), (0, file.read_text()), file.stem)

    def test_a_folder_of_ones_own_adds_to_them(self):
        (self.directory / "corner.yaml").write_text(OWN)
        folder = ("--config.platforms", self.directory)
        self.assertIn("corner: Corner shop", tillwatch("platforms", *folder).stdout)
        self.assertEqual(tillwatch("platforms", *folder, "show", "corner").stdout, OWN)
        (self.directory / "bad.yaml").write_text("platform: bad\n")
        done = tillwatch("platforms", *folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("bad.yaml:1:1: ", done.stderr)

    def test_an_unknown_name_is_refused_with_the_nearest_one(self):
        done = tillwatch("platforms", "show", "shopifi")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("there is no platform `shopifi` (did you mean `shopify`?)", done.stderr)


if __name__ == "__main__":
    main()
