#include <doctest/doctest.h>

#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

config::FormOf form_at(std::string_view xpath) {
  config::FormOf of;
  of.xpath = config::XPath::compile(xpath);
  return of;
}

// What the second step sends after the first has got `page`.
struct Sent {
  Outcome outcome;
  std::string body;
};
Sent send(std::string_view page, config::FormBody form) {
  Stage stage;
  stage.step("/p");
  stage.step("/cart", config::Method::post).body = std::move(form);
  stage.answers({answer(200, std::string(page)), answer(200)});
  Sent sent;
  sent.outcome = stage.run();
  if (stage.transport.requests.size() > 1) sent.body = stage.transport.requests[1].body;
  return sent;
}

std::string fields_of(std::string_view inside, std::string_view around = "") {
  config::FormBody form;
  form.of = form_at("//form[@id='f']");
  return send("<html><body><form id=f>" + std::string(inside) + "</form>" + std::string(around),
              form)
      .body;
}

}  // namespace

TEST_CASE("hidden fields and texts are sent as they stand") {
  CHECK(fields_of("<input type=hidden name=token value='a&amp;b'><input name=qty value=1><input "
                  "name=empty>") == "token=a%26b&qty=1&empty=");
}

TEST_CASE("a box is sent where it is ticked") {
  CHECK(fields_of("<input type=checkbox name=a value=1><input type=checkbox name=b checked><input "
                  "type=radio name=c value=x><input type=radio name=c value=y checked>") ==
        "b=on&c=y");
}

TEST_CASE("of a select what is chosen is sent, else its first") {
  CHECK(fields_of("<select name=size><option value=s>S<option value=m selected>M</select>") ==
        "size=m");
  CHECK(fields_of("<select name=size><option disabled>choose<option>  Extra \n large </select>") ==
        "size=Extra+large");
  CHECK(fields_of("<select name=many multiple><option selected>a<option>b<option selected>c"
                  "</select>") == "many=a&many=c");
  CHECK(fields_of("<select name=none multiple><option>a</select>") == "");
}

TEST_CASE("a text area is sent with the line breaks of forms, without the first") {
  CHECK(fields_of("<textarea name=t>\nfirst\nsecond</textarea>") == "t=first%0D%0Asecond");
}

TEST_CASE("what is disabled, has no name, is a button or a file is not sent") {
  CHECK(fields_of("<input name=a value=1 disabled><input value=2><input type=submit name=b "
                  "value=3><button name=c value=4>x</button><input type=file name=d><input "
                  "type=image name=e><input type=reset name=f><fieldset disabled><legend><input "
                  "name=g value=5></legend><input name=h value=6></fieldset>") == "g=5");
}

TEST_CASE("a field belongs to the form that it names") {
  CHECK(fields_of("<input name=a value=1><input name=b value=2 form=other>",
                  "<input name=c value=3 form=f><input name=d value=4>") == "a=1&c=3");
}

TEST_CASE("a form within a form is passed over, and its end is the outer one's") {
  CHECK(fields_of("<input name=a value=1><div><form id=g><input name=b value=2></form></div>"
                  "<input name=c value=3>") == "a=1&b=2");
  CHECK(fields_of("<input name=a value=1><FORM\nid='>'><input name=b value=2>",
                  "<input name=c value=3></form><form id=g><input name=d value=4></form>") ==
        "a=1&b=2");
  CHECK(fields_of("<input name=a value=1><div><form><input name=b value=2></form>"
                  "<input name=c value=3></div><input name=d value=4>") == "a=1&b=2&c=3");
  // What only looks like one.
  CHECK(fields_of("<input name=a value=1><!-- <form> --><script>'<form></form>'</script>"
                  "<formula></formula><input name=b value=2 title='<form>'>") == "a=1&b=2");
  CHECK(fields_of("<input name=a value=1><template><form><input name=t></form></template>"
                  "<textarea form=g><form></form></textarea><input name=b value=2>") == "a=1&b=2");
  // One after the other they are two.
  CHECK(fields_of("<input name=a value=1>", "<form id=g><input name=b value=2></form>") == "a=1");
}

TEST_CASE("the step changes fields in their places, adds and leaves out") {
  config::FormBody form;
  form.of = form_at("//form//button");  // the form around it
  form.fields.emplace_back("qty", config::Template("2"));
  form.fields.emplace_back("new", config::Template("x"));
  form.without.emplace_back("gift");
  CHECK(send("<form><input name=qty value=1><input name=gift value=1><input name=id "
             "value=7><button>Add</button></form>",
             form)
            .body == "qty=2&id=7&new=x");
}

TEST_CASE("without the form the step says so, in its author's words") {
  config::FormBody form;
  form.of = form_at("//form[@id='buy']");
  Outcome outcome = send("<title>Closed</title>", form).outcome;
  CHECK(outcome.reason == Reason::captured_nothing);
  CHECK(outcome.message ==
        "no form at \"//form[@id='buy']\", got an HTML page titled \"Closed\" without it");
  form.of->explanation.reason = Reason::sold_out;
  form.of->explanation.message = config::Template("there is nothing to buy");
  outcome = send("<title>Closed</title>", form).outcome;
  CHECK(outcome.reason == Reason::sold_out);
  CHECK(outcome.message == "there is nothing to buy");
}

TEST_CASE("a form is kept for a later step, and for the cleanup") {
  Stage stage;
  config::Capture keep;
  keep.name = "buy";
  keep.from = config::Capture::From::form;
  keep.xpath = config::XPath::compile("//form");
  stage.step("/p").captures.push_back(keep);
  stage.step("/other");
  config::FormBody form;
  form.of.emplace().capture = "buy";
  stage.step("/cart", config::Method::post).body = form;
  stage.cleanup("/cart").body = form;
  stage.transport.handler = [](const Request& request) {
    return answer(200, request.url.ends_with("/p") ? "<form><input name=a value=1></form>" : "<p>");
  };
  CHECK(stage.run().verdict == Verdict::pass);
  REQUIRE(stage.transport.requests.size() == 4);
  CHECK(stage.transport.requests[2].body == "a=1");
  CHECK(stage.transport.requests[3].body == "a=1");
  stage.transport.handler = [](const Request&) { return answer(200, "<p>"); };
  const Outcome outcome = stage.run();
  CHECK(outcome.reason == Reason::captured_nothing);
  CHECK(outcome.cleanup == "");
}
