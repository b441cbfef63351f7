#!/usr/bin/env python3
"""`tillwatch validate`: every error at once, each at its place; and `run` refuses the same."""

from harness import EndToEnd, main, shop, tillwatch

BAD = """\
web: {listen_adress: "127.0.0.1:0"}
defaults: {every: 10s, timeout: 30s}
stores:
  - name: Acme Shop
    url: ftp://acme.example
    platform: shopifi
  - name: demo
    url: https://demo.example
    platform: shopify
    product: {path: /products/x}
    probes:
      - {name: cart, type: add_to_cart}
      - {name: cart, type: storefront}
      - {name: search, type: http, steps: [{get: "/search?q={{ nothing }}", expect: {json: ".a | |"}}]}
"""


class ValidateTest(EndToEnd):
    def validate(self, path):
        return tillwatch("validate", "--config.file", path)

    def test_a_good_config_passes_quietly(self):
        finished = self.validate(self.write_config(self.config(shop("https://demo.example"))))
        self.assertEqual(finished.returncode, 0, finished)
        self.assertEqual(finished.stderr, "")

    def test_every_error_is_reported_at_its_place(self):
        path = self.directory / "bad.yaml"
        path.write_text(BAD)
        finished = self.validate(path)
        self.assertNotEqual(finished.returncode, 0)
        text = finished.stdout + finished.stderr
        for place in ["bad.yaml:1:7: ", "bad.yaml:4:", "bad.yaml:5:", "bad.yaml:6:", "bad.yaml:10:",
                      "bad.yaml:13:", "bad.yaml:14:"]:
            self.assertIn(place, text)
        self.assertIn("listen_address", text, "did you mean")
        self.assertIn("shopify", text, "did you mean")
        self.assertIn("nothing", text)
        running = tillwatch("run", "--config.file", path)
        self.assertNotEqual(running.returncode, 0)
        self.assertIn("bad.yaml:14:", running.stderr)

    def test_an_interval_shorter_than_the_timeout_is_refused(self):
        config = self.config(shop("https://demo.example"), every="5s", timeout="6s")
        finished = self.validate(self.write_config(config))
        self.assertNotEqual(finished.returncode, 0)
        self.assertIn("timeout", finished.stdout + finished.stderr)

    def test_a_missing_file_is_named(self):
        finished = self.validate(self.directory / "missing.yaml")
        self.assertNotEqual(finished.returncode, 0)
        self.assertIn("missing.yaml", finished.stderr)
        self.assertIn("No such file", finished.stderr)

    def test_a_secret_does_not_appear_in_errors(self):
        secret = "hunter2-but-longer"
        config = self.config(shop("https://demo.example", platform="${env:SHOP_SECRET}"))
        config["web"]["token"] = "${env:SHOP_SECRET}"
        path = self.write_config(config)
        finished = tillwatch("validate", "--config.file", path,
                             environment={"SHOP_SECRET": secret})
        self.assertNotIn(secret, finished.stdout + finished.stderr)
        self.assertNotEqual(finished.returncode, 0, "a platform of that name does not exist")
        missing = tillwatch("validate", "--config.file", path)
        self.assertIn("SHOP_SECRET", missing.stderr)


if __name__ == "__main__":
    main()
