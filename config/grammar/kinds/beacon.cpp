#include "config/grammar/kinds/steps_made.h"

#include <algorithm>
#include <set>
#include <utility>

#include "config/grammar/kinds/made.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

constexpr std::string_view placeholder_begin = "{{";

// Puts plans one after the other into one. Their headers and rules go into the steps, for a
// collector's mean nothing at the store and the other way round.
class Joined {
 public:
  void add(const ReadPlan& part) {
    if (!part.plan) return;
    for (Step step : part.plan->steps) {
      step.headers.insert(step.headers.begin(), part.plan->headers.begin(),
                          part.plan->headers.end());
      step.rules.insert(step.rules.end(), part.plan->rules.begin(), part.plan->rules.end());
      plan_.steps.push_back(std::move(step));
    }
    plan_.cleanup.insert(plan_.cleanup.end(), part.plan->cleanup.begin(), part.plan->cleanup.end());
    result_.uses.insert(result_.uses.end(), part.uses.begin(), part.uses.end());
    result_.before_last = result_.captures;
    result_.before_last.insert(part.before_last.begin(), part.before_last.end());
    result_.captures.insert(part.captures.begin(), part.captures.end());
  }
  void set(boost::json::object settings) { plan_.settings = std::move(settings); }

  // What was read as patterns of the last step's page are tags on it, each as `tags` says.
  void make_tags(std::vector<TagExpectation> tags) {
    Expect& expect = plan_.steps.back().expect;
    if (expect.matches.size() != tags.size()) return;  // a pattern is broken, and reported
    for (std::size_t i = 0; i < tags.size(); ++i) {
      tags[i].pattern = std::move(expect.matches[i].pattern);
      tags[i].explanation = std::move(expect.matches[i].explanation);
    }
    expect.tags = std::move(tags);
    expect.matches.clear();
  }

  ReadPlan whole() {
    result_.plan = std::make_shared<const Plan>(std::move(plan_));
    return std::move(result_);
  }

 private:
  Plan plan_;
  ReadPlan result_;
};

Node* said(MadeNodes& made, Node* that, Reason reason, const std::string& message) {
  return made.mapping({{"that", that},
                       {"reason", made.text(std::string(name(reason)))},
                       {"message", made.text(message)}});
}

// What a page is to hold: patterns of its tags, and what each is about.
struct PageTagsMade {
  PageTagsMade(Node* patterns, Node* expressions, std::vector<TagExpectation>& about)
      : matches(patterns), xpath(expressions), known(about) {}
  Node* matches;
  Node* xpath;
  std::vector<TagExpectation>& known;

  // With an `id` it is to stand in a script, without one anywhere.
  void add(Node* pattern, std::string what, std::string id, const std::string& message,
           MadeNodes& made) {
    matches->children.push_back(said(made, pattern, Reason::tag_missing, message));
    TagExpectation& tag = known.emplace_back();
    tag.anywhere = id.empty();
    tag.what = std::move(what);
    tag.id = std::move(id);
  }
  // What a tag's file expects beside that.
  void add(const Node& expected, const std::string& what) {
    for (Node* one : items_of(expected.value("matches"))) {
      matches->children.push_back(one);
      TagExpectation& tag = known.emplace_back();
      tag.anywhere = true;
      tag.what = what;
    }
    for (Node* one : items_of(expected.value("xpath"))) xpath->children.push_back(one);
  }

 private:
  static std::vector<Node*> items_of(Node* list) {
    if (list == nullptr) return {};
    return list->is_sequence() ? list->children : std::vector<Node*>{list};
  }
};

class BeaconReader {
 public:
  BeaconReader(const PlanBase& base, const Names& names, LoadContext& load)
      : base_(base), names_(names), load_(load), problems_(load.problems) {}

  void page(const Node& node) {
    MadeNodes made(node.place);
    Mapping map(node, "`page`", problems_);
    Node* path = made.text("{{ product.path }}");
    if (const Node* given = map.find("path")) path = made.filled(*given, {});
    bool scripts = true;
    map.read("scripts", scripts, yes_or_no);
    Node* steps = made.list();
    Node* expected = made.mapping();
    steps->children.push_back(
        made.mapping({{"name", made.text("page")}, {"get", path}, {"expect", expected}}));
    if (const Node* tags = map.require("tags", "what the page must hold")) {
      Node* script_steps = made.list();
      std::vector<TagExpectation> known;
      read_tags(*tags, scripts, *expected, *script_steps, known, made);
      if (add(*steps, nullptr, base_)) joined_.make_tags(std::move(known));
      // What the platform adds to its steps is nothing for a vendor's host.
      if (!script_steps->children.empty()) add(*script_steps, nullptr, {});
    }
    map.done();
  }

  void collector(const Node& node) {
    Mapping map(node, "`collector`", problems_);
    std::string name;
    if (!map.read_required("preset", name, non_empty_text, "a file of config/data/collectors"))
      return;
    Library<Preset>& collectors = load_.presets.collectors;
    const Preset* preset = collectors.find(name);
    if (preset == nullptr) {
      return Report(problems_, "preset")
          .unknown(*node.value("preset"), "collector", collectors.names());
    }
    if (preset->name.empty()) return;  // reported with its file
    std::vector<std::string_view> known;
    for (const auto& [event, plan] : preset->plans) known.push_back(event);
    const Node* events = map.find("events");
    if (events == nullptr) {
      for (const auto& [event, plan] : preset->plans) joined_.add(plan);
    } else {
      for_each_item(*events, [&](const Node& item) {
        const auto found = preset->plans.find(item.text);
        if (item.is_scalar() && found != preset->plans.end()) return joined_.add(found->second);
        Report(problems_, "events").unknown(item, "event", known);
      });
    }
    joined_.set(read_settings(*preset, "the collector", map));
    map.done();
  }

  void utm(const Node& node) {
    MadeNodes made(node.place);
    Mapping map(node, "`utm`", problems_);
    std::string path = "/";
    map.read("path", path, non_empty_text);
    const Node* parameters = map.find("parameters");
    if (parameters == nullptr) {
      parameters = made.mapping({{"utm_source", made.text("tillwatch")},
                                 {"utm_medium", made.text("synthetic")},
                                 {"utm_campaign", made.text("{{ run.id }}")}});
    }
    Node* survive = made.list();
    char before = path.find('?') == std::string::npos ? '?' : '&';
    Mapping shape(*parameters, "`parameters`", problems_);
    for_each_entry(*parameters, [&](const Node& key, const Node& value) {
      if (!is_plain(key) || !is_plain(value)) {
        return problems_.add(value.place,
                             "a campaign parameter is made of letters, digits, `-`, `_`, `.` and "
                             "`~`, or is one `{{ name }}`");
      }
      path += before + key.text + "=" + value.text;
      before = '&';
      survive->children.push_back(
          said(made, made.text("[?&]" + quoted(key.text) + "=" + quoted(value.text) + "(&|#|$)"),
               Reason::campaign_lost,
               "the campaign parameter " + key.text + " is lost on the way to the page"));
    });
    Node* expected = made.mapping({{"final_url", survive}});
    if (const Node* cookies = map.find("cookies")) {
      Node* kept = made.mapping();
      Mapping named(*cookies, "`cookies`", problems_);
      for_each_entry(*cookies, [&](const Node& key, const Node& value) {
        made.put(*kept, key.text,
                 said(made, made.filled(value, {}), Reason::campaign_lost,
                      "the cookie " + key.text + " does not hold the campaign"));
      });
      made.put(*expected, "cookies", kept);
    }
    Node* steps = made.list();
    steps->children.push_back(made.mapping(
        {{"name", made.text("landing page")}, {"get", made.text(path)}, {"expect", expected}}));
    if (const Node* more = map.find("steps")) {
      if (!more->is_sequence()) Report(problems_, "steps").must_be(*more, "a list of steps");
      steps->children.insert(steps->children.end(), more->children.begin(), more->children.end());
    }
    const Node* cleanup = map.find("cleanup");
    map.done();
    add(*steps, cleanup, base_);
  }

  ReadPlan whole() { return joined_.whole(); }

 private:
  // `known`: what the patterns of the page are about, in their order.
  void read_tags(const Node& tags, bool scripts, Node& expected, Node& steps,
                 std::vector<TagExpectation>& known, MadeNodes& made) {
    Mapping map(tags, "`tags`", problems_);
    PageTagsMade page(made.list(), made.list(), known);
    for_each_entry(tags, [&](const Node& key, const Node& value) {
      if (key.text == "matches") {
        return for_each_item(value, [&](const Node& item) {
          page.add(made.filled(item, {}), "the tag " + item.text, {},
                   "the page lacks the tag " + item.text, made);
        });
      }
      const Tag* tag = load_.presets.tags.find(key.text);
      if (tag == nullptr) {
        std::vector<std::string_view> names = load_.presets.tags.names();
        names.emplace_back("matches");
        return Report(problems_, "tags").unknown(key, "tag", names);
      }
      for_each_item(value,
                    [&](const Node& item) { read_tag(*tag, item, scripts, page, steps, made); });
    });
    if (!page.matches->children.empty()) made.put(expected, "matches", page.matches);
    if (!page.xpath->children.empty()) made.put(expected, "xpath", page.xpath);
  }

  // `ID`, or `{id: ID, script: URL or false}`.
  void read_tag(const Tag& tag, const Node& node, bool scripts, PageTagsMade& page, Node& steps,
                MadeNodes& made) {
    if ((tag.page == nullptr && tag.live.empty()) || !tag.id)
      return;  // reported with the tag's file
    std::string id = node.text;
    std::string script = tag.script;
    if (node.is_mapping()) {
      Mapping map(node, "a tag", problems_);
      map.read_required("id", id, non_empty_text, tag.about);
      if (const Node* given = map.find("script")) {
        script = typed(*given) == boost::json::value(false) ? "" : given->text;
        if (!script.empty() && !field_value(FieldType::url, script)) {
          Report(problems_, "script").must_be(*given, expected_script);
        }
      }
      map.done();
    }
    const auto nothing = [](std::string_view) -> const boost::json::value* { return nullptr; };
    if (!node.is_mapping() && !node.is_scalar()) {
      return Report(problems_, tag.name).must_be(node, tag.about);
    }
    if (!std::all_of(id.begin(), id.end(), is_plain_character) || !tag.id->found_in(id, nothing)) {
      const Node* given = node.is_mapping() ? node.value("id") : &node;
      if (given != nullptr) Report(problems_, tag.name).must_be(*given, tag.about);
      return;
    }
    if (!tag.live.empty()) {
      Node* message = made.filled(*made.text(tag.missing), {{"id", id}});
      page.add(made.filled(*made.text(alternatives(tag.live)), {{"id", quoted(id)}}),
               tag.name + " " + id, id, message->text, made);
    }
    if (tag.page != nullptr) page.add(*made.filled(*tag.page, {{"id", id}}), tag.name + " " + id);
    if (!scripts || script.empty()) return;
    Node* step = made.mapping({{"name", made.text("script of " + tag.name + " " + id)},
                               {"get", made.filled(*made.text(script), {{"id", id}})}});
    if (tag.script_expect != nullptr) {
      made.put(*step, "expect", made.filled(*tag.script_expect, {{"id", id}}));
    }
    steps.children.push_back(step);
  }

  static constexpr auto expected_script = "a URL, a path of the store, or false";

  static bool is_plain_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
  }
  static bool is_plain(const Node& node) {
    if (!node.is_scalar() || node.text.empty()) return false;
    if (node.text.starts_with(placeholder_begin) && node.text.ends_with("}}")) return true;
    return std::all_of(node.text.begin(), node.text.end(), is_plain_character);
  }
  // In RE2; of what is_plain() only the dot means something else.
  static std::string quoted(const std::string& text) {
    if (text.starts_with(placeholder_begin)) return text;
    std::string result;
    for (const char c : text) result += c == '.' ? std::string("[.]") : std::string(1, c);
    return result;
  }

  static std::string alternatives(const std::vector<std::string>& patterns) {
    std::string all;
    for (const std::string& one : patterns) all += (all.empty() ? "(?:" : "|(?:") + one + ")";
    return all;
  }

  // Whether there are steps to be added.
  bool add(const Node& steps, const Node* cleanup, const PlanBase& base) {
    const ReadPlan plan = read_plan(steps, cleanup, base, problems_);
    check_uses(plan.uses, names_, plan.captures, problems_);
    joined_.add(plan);
    return plan.plan != nullptr && !plan.plan->steps.empty();
  }

  const PlanBase& base_;
  const Names& names_;
  LoadContext& load_;
  Problems& problems_;
  Joined joined_;
};

}  // namespace

ReadPlan read_beacon(Mapping& map, const ProbePlace& place, ProbeType) {
  const Node* page = map.find("page");
  const Node* collector = map.find("collector");
  const Node* utm = map.find("utm");
  if (!map.valid()) return {};
  if (page == nullptr && collector == nullptr && utm == nullptr) {
    map.problems().add(map.node().place,
                       "a probe of type `beacon` needs at least one of `page`, `collector`, `utm`, "
                       "or `steps` of your own");
    return {};
  }
  BeaconReader reader(place.platform->base, place.names, place.load);
  if (page != nullptr) reader.page(*page);
  if (utm != nullptr) reader.utm(*utm);
  if (collector != nullptr) reader.collector(*collector);
  return reader.whole();
}

}  // namespace tillwatch::config::reading
