#include <doctest/doctest.h>

#include "probes/steps/own_words.h"
#include "probes/text/plain_words.h"
#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

ProgramError found_in(std::string body) {
  const Response response = answer(200, std::move(body));
  const std::string url;
  return program_error(Answer(response, url));
}
std::string error_in(std::string body) { return found_in(std::move(body)).words; }

}  // namespace

TEST_CASE("words are shown as people read them: no tags, no entities") {
  CHECK(plain_words("You can&#8217;t &quot;buy&quot;") == "You can\xE2\x80\x99t \"buy\"");
  CHECK(plain_words("<strong>Error:</strong> none<br/>left") == " Error:  none left");
  CHECK(plain_words("5 < 7 and 8 > 3, <a@b.example>, a&b;c, &amp") ==
        "5 < 7 and 8 > 3, <a@b.example>, a&b;c, &");
  CHECK(plain_words("&#0;&#xD800;&#x110000;") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("a page in place of which a program or its database gave up says so") {
  for (const char* body :
       {"<html><head><title>Database Error</title></head><body><div "
        "class=\"wp-die-message\"><h1>Error "
        "establishing a database connection</h1></div></body></html>",
        "<!DOCTYPE html><html><head><title>WordPress &rsaquo; Error</title></head><body "
        "id=\"error-page\"><div><p>There has been a critical error on this website.</p><p><a "
        "href=\"https://wordpress.org/documentation/\">Learn more</a></p></div></body></html>",
        "Exception : Error: Could not make a database link using a@b!",
        "Error: Could not make a database link using a@b!",
        "Link to database cannot be established: SQLSTATE[HY000] [2002] Connection refused",
        "SQLSTATE[HY000] [1040] Too many connections", "MySQL server has gone away",
        "Fatal error: Uncaught Error: Call to undefined function a() in /srv/a.php:3\nStack trace: "
        "#0 "
        "{main} thrown in /srv/a.php on line 3",
        "<br />\n<b>Fatal error</b>:  Uncaught Error: Class \"A\" not found in /srv/a.php:3\nStack "
        "trace:\n#0 {main}\n  thrown in <b>/srv/a.php</b> on line <b>3</b><br />\n",
        "<br />\n<b>Warning</b>:  mysqli_connect(): refused in <b>/srv/a.php</b> on line "
        "<b>9</b><br "
        "/>\n<h1>Error establishing a database connection</h1>",
        "<b>Error</b>: Call to a member function query() on null in <b>/srv/db.php</b> on line "
        "<b>5</b>",
        "<b>Fatal Error</b>: no such table in <b>/srv/db.php</b> on line <b>5</b>",
        "<b>Exception</b>: Error: Could not connect in <b>/srv/db.php</b> on line <b>5</b>",
        "<h1>There has been an error processing your request</h1><p>Exception printing is "
        "disabled"}) {
    CAPTURE(body);
    CHECK(found_in(body).words != "");
    CHECK(found_in(body).is_all);
  }
}

TEST_CASE("an error below half a page is told where that half is not enough") {
  const std::string page =
      "<html><head><title>Sock</title></head><body><form><button>Add</button></form><br "
      "/>\n<b>Fatal "
      "error</b>:  Allowed memory size of 1 bytes exhausted in <b>/srv/a.php</b> on line "
      "<b>3</b><br />\n";
  CHECK(found_in(page).words.starts_with("Fatal error: Allowed memory size"));
  CHECK_FALSE(found_in(page).is_all);
  Stage stage;
  stage.step("/").expect.xpath.push_back({config::XPath::compile("//button"), {}});
  stage.answers({answer(200, page)});
  CHECK(stage.run().verdict == Verdict::pass);
  stage.plan.steps[0].expect.xpath[0].expression = config::XPath::compile("//footer");
  CHECK(stage.run().reason == Reason::body);
  CHECK(stage.run().message.find("Allowed memory size") != std::string::npos);
}

TEST_CASE("a page that speaks of such an error is none") {
  for (const char* body :
       {"<html><head><title>T-shirt</title></head><body><h1>Error establishing a database "
        "connection</h1><form><button>Add to cart</button></form></body></html>",
        "<html><body><h1>FAQ</h1><p>MySQL server has gone away? SQLSTATE[HY000]? Fatal error: read "
        "on</p></body></html>",
        "<html><body><p>A book about \"There has been a critical error on this website\"</p>",
        "<pre>&lt;b&gt;Fatal error&lt;/b&gt;: x in &lt;b&gt;a.php&lt;/b&gt; on line 3</pre>",
        "{\"message\":\"SQLSTATE[HY000]\"}", "", " \n", "<p>Error: your card is not taken</p>",
        "<h1>Errors and exceptions</h1>",
        "<html><body><b>Fatal error</b>: a song by <b>X</b> on line <b>3</b> of the "
        "charts<p>and more text, the price of it, and a way to buy it</p></body></html>"}) {
    CAPTURE(body);
    CHECK(error_in(body) == "");
  }
}
