"""What a page of a WordPress 6.9 with WooCommerce 9.9.5 looks like, block theme or Storefront.

Copied from the real one are attributes and their quotes, classes, white space, headers and statuses.
"""

from doubles.base import Answer, as_html, as_json, redirect

SESSION = "wp_woocommerce_session_47e5a55cbe6d19b082cc697db6f3aff2"
PAGE_HEADERS = [("Expires", "Wed, 11 Jan 1984 05:00:00 GMT"), ("X-Redirect-By", "WordPress"),
                ("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private")]
FATAL = """<!DOCTYPE html>
<html lang="en-US">
<head>
	<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
	<title>WordPress &rsaquo; Error</title>
</head>
<body id="error-page">
	<div class="wp-die-message"><p>There has been a critical error on this website.</p></div></body>
</html>
"""
DATABASE_ERROR = """<!DOCTYPE html>
<html lang="en-US">
<head>
	<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
	<title>Database Error</title>
</head>
<body id="error-page">
	<div class="wp-die-message"><h1>Error establishing a database connection</h1></div></body>
</html>
"""
MAINTENANCE = """<!DOCTYPE html>
<html lang="en-US">
<head>
	<title>Maintenance</title>
</head>
<body id="error-page">
	<div class="wp-die-message"><h1>Briefly unavailable for scheduled maintenance. Check back in a minute.</h1></div></body>
</html>
"""
NOTHING_FOUND = '<body class="error404 wp-theme-twentytwentyfive"><h1>Page not found</h1></body>'


def document(title, classes, body, extra="", status=200):
    """A page of the shop, with what each of its pages has in its head."""
    return as_html(f"""<head>
	<meta charset="UTF-8" />
<title>{title} &#8211; Probe shop</title>
<meta name="generator" content="WordPress 6.9" />
<meta name="generator" content="WooCommerce 9.9.5" />
{extra}<link rel='stylesheet' href='/wp-content/themes/twentytwentyfive/style.css?ver=1.4' media='all' />
</head>
<body class="wp-singular {classes}">
{body}
<footer>Ask for our pool maintenance supplies. We will be back soon on the fair.</footer>
<svg><title>Maintenance contract</title></svg>
</body>""", status)


def product_page(has, prices):
    classes = ("product-template-default single single-product postid-38 wp-theme-twentytwentyfive "
               "woocommerce woocommerce-page woocommerce-no-js product type-product post-38 instock")
    related = """<section class="related products"><ul class="products">
<li class="product type-product post-39 outofstock"><a href="/product/other/" class="button product_type_simple" data-product_id="39" data-product_sku="OTHER-1" rel="nofollow">Read more</a></li></ul></section>"""
    if has("protected"):
        return document("Probe sock", classes, """<form action="/wp-login.php?action=postpass" class="post-password-form" method="post">
<p>This content is password-protected.</p><input name="post_password" type="password" /></form>""")
    if has("shown_sold_out"):
        return document("Probe sock", classes, f'<p class="stock out-of-stock">Out of stock</p>\n{related}')
    if has("no_button"):
        return document("Probe sock", classes, f'<h1 class="product_title">Probe sock</h1>\n{related}')
    if has("other_product"):
        return document("Other sock", classes.replace("38", "39"), form(39))
    if has("variations"):
        return document("Probe shirt", classes, variations(has) + related)
    return document("Probe sock", classes, form(38) + related + json_ld(prices, has("entered_without_tax")))


def form(product):
    return f"""<form class="cart" action="/product/probe-sock/" method="post" enctype='multipart/form-data'>
		<div class="quantity">
	<input
		type="number"
				id="quantity_6b0a3952bd216"
		class="input-text qty text"
		name="quantity"
		value="1"
				min="1"
			/>
	</div>

		<button type="submit" name="add-to-cart" value="{product}" class="single_add_to_cart_button button alt wp-element-button">Add to cart</button>

			</form>
"""


def variations(has):
    def one(number, stock):
        return ("{&quot;attributes&quot;:{&quot;attribute_colour&quot;:&quot;&quot;},&quot;is_in_stock&quot;:"
                f"{stock},&quot;is_purchasable&quot;:true,&quot;sku&quot;:&quot;S&quot;,&quot;variation_id&quot;:{number},"
                "&quot;variation_is_active&quot;:true}")

    listed = f"[{one(40, 'false')},{one(38, 'false' if has('variation_sold_out') else 'true')}]"
    return f"""<form class="variations_form cart" action="/product/probe-sock/" method="post" enctype='multipart/form-data' data-product_id="37" data-product_variations="{listed}">
<select id="colour" class="" name="attribute_colour" data-attribute_name="attribute_colour" data-show_option_none="yes"><option value="">Choose an option</option><option value="red"  selected='selected'>red</option></select>
<input type="hidden" name="add-to-cart" value="37" />
<input type="hidden" name="product_id" value="37" />
<input type="hidden" name="variation_id" class="variation_id" value="0" />
</form>
"""


def json_ld(prices, without_tax):
    """As the shop's prices were entered, whatever the page shows."""
    value = 0.84 if without_tax else int(prices["price"]) / 100
    return ('<script type="application/ld+json">{"@context":"https:\\/\\/schema.org\\/","@type":"Product",'
            '"name":"Probe sock","sku":"PROBE-1","offers":[{"@type":"Offer","priceSpecification":[{'
            f'"@type":"UnitPriceSpecification","price":"{value:.2f}","priceCurrency":"{prices["currency_code"]}",'
            f'"valueAddedTaxIncluded":{"false" if without_tax else "true"}}}],'
            '"availability":"http:\\/\\/schema.org\\/InStock"}]}</script>')


def notice(text, kind, old=False):
    """An error or an information, of a block theme or of one with the old templates."""
    if old:
        return f'<ul class="woocommerce-{kind}" role="alert">\n\t\t\t<li>\n\t\t\t{text}\t\t</li>\n\t</ul>'
    return f"""<div class="wc-block-components-notice-banner is-{kind}" role="alert">
	<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M12 3.2"></path></svg>
	<div class="wc-block-components-notice-banner__content">
		{text}	</div>
</div>"""


def trouble(asked, has):
    """What meets every request alike, or every page."""
    api = asked.path.startswith(("/wp-json", "/index.php")) or "wc-ajax" in asked.query
    if has("maintenance"):
        return Answer(503, MAINTENANCE, "text/html; charset=utf-8", [("Retry-After", "600")])
    if has("database"):
        return Answer(500, DATABASE_ERROR, "text/html; charset=utf-8", PAGE_HEADERS)
    if (has("coming_soon") or has("coming_soon_storefront")) and not api and asked.path != "/checkout/":
        return document("Probe sock", "woocommerce woocommerce-cart woocommerce-page",
                        '<div data-block-name="woocommerce/coming-soon" data-store-only="true" '
                        'class="wp-block-woocommerce-coming-soon">Great things are on the horizon</div>',
                        "<meta name='woo-coming-soon-page' content='yes'>" if has("coming_soon") else "")
    if has("private") and not api:
        return redirect("/wp-login.php?redirect_to=%2F&reauth=1")
    if has("rest_closed") and asked.path.startswith("/wp-json"):
        return as_json({"code": "rest_not_logged_in", "message": "You are not currently logged in.",
                        "data": {"status": 401}}, 401)
    return None
