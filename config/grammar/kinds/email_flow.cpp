#include "config/grammar/kinds/email_flow.h"

#include <boost/url/parse.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "config/kinds/email_flow.h"
#include "config/presets/presets.h"
#include "config/yaml/text.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

constexpr std::int64_t most_waiting = 500;  // tokens at once
constexpr std::size_t shortest_secret = 16;

bool names_token(const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [](const std::string& name) { return name == "token"; });
}
bool names_token(const Template& text) {
  return std::ranges::any_of(text.names(), [](std::string_view name) { return name == "token"; });
}
bool names_token(const JsonTemplate& value) {
  std::vector<std::string> names;
  value.collect_names(names);
  return names_token(names);
}
bool names_token(const std::vector<Header>& headers) {
  return std::ranges::any_of(headers, [](const Header& one) { return names_token(one.value); });
}

// Whether what is sent holds the token.
struct SendsToken {
  bool operator()(const NoBody&) const { return false; }
  bool operator()(const JsonBody& json) const { return names_token(json.value); }
  bool operator()(const TextBody& text) const { return names_token(text.text); }
  bool operator()(const GraphqlBody& graphql) const { return names_token(graphql.variables); }
  bool operator()(const FormBody& form) const {
    return std::ranges::any_of(form.fields,
                               [](const auto& field) { return names_token(field.second); });
  }
};

bool carries_token(const Plan& plan) {
  return names_token(plan.headers) || std::ranges::any_of(plan.steps, [](const Step& step) {
           const bool worked_out = std::ranges::any_of(step.lets, [](const Let& one) {
             return one.value != nullptr && one.value->text().find(".token") != std::string::npos;
           });
           return worked_out || names_token(step.url) || names_token(step.headers) ||
                  std::visit(SendsToken(), step.body);
         });
}

// Null where there is none of that name, or it could not be read; reported.
const FlowPreset* named(Library<FlowPreset>& all, const Node& node, std::string_view thing,
                        Problems& problems) {
  const FlowPreset* found = node.is_scalar() ? all.find(node.text) : nullptr;
  if (found == nullptr) Report(problems, "preset").unknown(node, thing, all.names());
  return found != nullptr && found->steps.plan != nullptr ? found : nullptr;
}

class FlowReader {
 public:
  // `place` has a platform.
  FlowReader(const ProbePlace& place, const Probe& probe)
      : place_(place), probe_(probe), problems_(place.load.problems), names_(place.names) {
    names_.add("token");
  }

  std::shared_ptr<const EmailFlow> read(Mapping& map, std::shared_ptr<const Plan>& trigger) {
    auto flow = std::make_shared<EmailFlow>();
    map.read_required("within", flow->within,
                      DurationWithin{std::chrono::seconds(1), std::chrono::hours(24)},
                      "how long an arrival may take");
    map.read("poll", flow->poll, DurationWithin{std::chrono::seconds(1), std::chrono::hours(1)});
    map.read("settle", flow->settle, DurationWithin{Duration(0), std::chrono::minutes(10)});
    if (const Node* node = map.require("trigger", "what starts the flow")) {
      trigger = read_trigger(*node, *flow);
    }
    if (const Node* node = map.require("arrival", "how an arrival is proven")) {
      read_arrival(*node, *flow);
    }
    if (flow->within / probe_.every >= most_waiting) {
      problems_.add(map.node().place,
                    "more than 500 arrivals would be waited for at once; `every` must be longer, "
                    "or `within` shorter");
    }
    return flow;
  }

 private:
  std::shared_ptr<const Plan> steps(const Node& steps, const Node* cleanup, const char* what) {
    const std::string key = place_.platform->name + " email_flow " + what;
    return place_.load.plans.read(key, steps, cleanup, place_.platform->base, names_, problems_)
        .plan;
  }

  std::shared_ptr<const Plan> read_trigger(const Node& node, EmailFlow& flow) {
    if (node.is_scalar() && node.text == "checkout") return checkout(node);
    if (!node.is_mapping()) {
      Report(problems_, "trigger")
          .must_be(node, "`checkout`, `{preset: NAME, ...}` or `{steps: [...]}`");
      return nullptr;
    }
    Mapping map(node, "`trigger`", problems_);
    std::shared_ptr<const Plan> plan;
    const Node* preset = map.find("preset");
    const Node* own = map.find("steps");
    if ((preset == nullptr) == (own == nullptr)) {
      problems_.add(node.place, "`trigger` takes either `preset` or `steps`");
      return nullptr;
    }
    if (own != nullptr) {
      plan = steps(*own, map.find("cleanup"), "trigger");
      const Node* remove = map.find("remove");
      if (remove != nullptr) flow.remove = steps(*remove, nullptr, "trigger's remove");
    } else if (const auto* known = named(place_.load.presets.flows, *preset, "flow", problems_)) {
      flow.values = read_settings(*known, "the flow", map, names_);
      plan = known->steps.plan;
      flow.remove = known->remove.plan;
    } else {
      return nullptr;
    }
    map.done();
    return plan;
  }

  std::shared_ptr<const Plan> checkout(const Node& node) {
    const auto found = place_.platform->plans.find(ProbeType::checkout);
    if (found != place_.platform->plans.end()) {
      check_uses(found->second.uses, names_, found->second.captures, problems_);
      if (found->second.plan != nullptr && !carries_token(*found->second.plan)) {
        problems_.add(node.place, "no step of `checkout` of the platform `" +
                                      place_.platform->name +
                                      "` carries `{{ token }}`, so no mail could be told from "
                                      "another; give `{preset: NAME, ...}` or `{steps: [...]}`");
      }
      return found->second.plan;
    }
    problems_.add(node.place, "the platform `" + place_.platform->name +
                                  "` brings no steps for `checkout`; give `{steps: [...]}`");
    return nullptr;
  }

  void read_arrival(const Node& node, EmailFlow& flow) {
    Mapping map(node, "`arrival`", problems_);
    const Node* imap = map.find("imap");
    const Node* http = map.find("http");
    const Node* hook = map.find("hook");
    const Node* match = map.find("match");
    map.done();
    if (!map.valid()) return;
    if (imap == nullptr && http == nullptr && hook == nullptr) {
      problems_.add(node.place, "`arrival` takes `imap`, `http` or `hook`, or `hook` beside one");
    }
    if (imap != nullptr && http != nullptr) {
      problems_.add(http->place, "`http` stands beside `imap`; a flow has one mailbox");
    }
    if (match != nullptr && imap == nullptr) {
      problems_.add(match->place, "`match` goes with `imap`");
    }
    if (imap != nullptr) flow.imap = read_imap(*imap, match);
    if (http != nullptr) flow.http = read_http(*http, flow);
    if (hook != nullptr) {
      Mapping of(*hook, "`hook`", problems_);
      of.read_required("secret", flow.hook_secret, non_empty_text,
                       "the last part of the address that the flow calls");
      of.done();
      if (!flow.hook_secret.empty() && !is_secret(flow.hook_secret)) {
        Report(problems_, "secret")
            .say(*hook->value("secret"), "must be at least 16 of A-Z, a-z, 0-9, `-` and `_`");
      }
      const std::string address = "flow/" + probe_.name + '/' + flow.hook_secret;
      if (!place_.load.pings.emplace(address, hook->place).second) {
        problems_.add(hook->place, "another store's probe of this name has the same secret");
      }
    }
  }

  static bool is_secret(const std::string& text) {
    return text.size() >= shortest_secret && std::ranges::all_of(text, [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
           });
  }

  std::shared_ptr<const ImapMailbox> read_imap(const Node& node, const Node* match) {
    auto mailbox = std::make_shared<ImapMailbox>();
    Mapping map(node, "`imap`", problems_);
    if (const Node* url = map.require("url", "as imaps://mail.example/INBOX")) {
      read_url(*url, *mailbox);
    }
    map.read_required("user", mailbox->user, non_empty_text);
    map.read_required("password", mailbox->password, non_empty_text);
    const std::filesystem::path folder = node.place.file != nullptr
                                             ? std::filesystem::path(*node.place.file).parent_path()
                                             : std::filesystem::path();
    map.read("ca_file", mailbox->ca_file, ReadableFileBelow{folder});
    map.done();
    for (const std::string* text : {&mailbox->user, &mailbox->password}) {
      if (has_control_characters(*text)) problems_.add(node.place, "must be in one line");
    }
    if (match != nullptr) {
      read_match(*match, *mailbox);
    } else {
      mailbox->match.emplace_back("TEXT", Template("{{ token }}"));
    }
    return mailbox;
  }

  void read_match(const Node& node, ImapMailbox& mailbox) {
    Mapping map(node, "`match`", problems_);
    bool has_token = false;
    for (const auto& [key, word] : {std::pair<const char*, const char*>{"subject", "SUBJECT"},
                                    {"to", "TO"},
                                    {"from", "FROM"},
                                    {"body", "BODY"},
                                    {"text", "TEXT"}}) {
      const Node* value = map.find(key);
      if (value == nullptr) continue;
      Texts texts(problems_);
      Template text = texts.text(*value, key);
      for (const std::string_view name : text.names()) {
        if (name == "token") {
          has_token = true;
        } else {
          Report(problems_, key).say(*value, "may hold `{{ token }}` and no other placeholder");
        }
      }
      mailbox.match.emplace_back(word, std::move(text));
    }
    map.done();
    if (map.valid() && !has_token) {
      problems_.add(node.place, "`match` must hold `{{ token }}`, or any mail would be an arrival");
    }
  }

  void read_url(const Node& node, ImapMailbox& mailbox) {
    const Report report(problems_, "url");
    const auto url = boost::urls::parse_uri(node.text);
    const bool known = url && (url->scheme() == "imaps" || url->scheme() == "imap");
    if (!known || url->host().empty() || (url->has_port() && url->port_number() == 0)) {
      if (node.text.find('@') == std::string::npos) {
        report.must_be(node, "a URL as imaps://mail.example/INBOX");
      } else {  // may hold a password
        report.say(node, "must be a URL as imaps://mail.example/INBOX");
      }
      return;
    }
    if (url->has_userinfo()) {
      return report.say(node, "must hold no user or password; give `user` and `password`");
    }
    if (url->has_query() || url->has_fragment()) {
      return report.say(node, "must end with the folder");
    }
    mailbox.host = url->host_address();
    mailbox.starttls = url->scheme() == "imap";
    mailbox.port = url->has_port() ? url->port_number() : mailbox.starttls ? 143 : 993;
    std::string folder(url->encoded_path());
    while (folder.starts_with('/')) folder.erase(0, 1);
    if (folder.find(';') != std::string::npos) report.say(node, "must end with the folder");
    mailbox.folder = folder.empty() ? "INBOX" : folder;
  }

  std::shared_ptr<const HttpMailbox> read_http(const Node& node, EmailFlow& flow) {
    auto mailbox = std::make_shared<HttpMailbox>();
    Mapping map(node, "`http`", problems_);
    if (!map.valid()) return mailbox;
    const Node* preset = map.find("preset");
    const Node* search = map.find("search");
    if ((preset == nullptr) == (search == nullptr)) {
      problems_.add(node.place, "`http` takes either `preset` or `search`");
      return mailbox;
    }
    if (search != nullptr) {
      mailbox->search = steps(*search, nullptr, "search");
      const Node* remove = map.find("remove");
      if (remove != nullptr) mailbox->remove = steps(*remove, nullptr, "remove");
    } else {
      const auto* known = named(place_.load.presets.mailboxes, *preset, "mailbox", problems_);
      if (known == nullptr) return mailbox;
      flow.mailbox_values = read_settings(*known, "the mailbox", map, names_);
      mailbox->search = known->steps.plan;
      mailbox->remove = known->remove.plan;
    }
    map.done();
    return mailbox;
  }

  const ProbePlace& place_;
  const Probe& probe_;  // what is read of it so far
  Problems& problems_;
  Names names_;
};

}  // namespace

void read_email_flow(Mapping& map, const ProbePlace& place, Probe& probe) {
  map.refuse({"steps", "cleanup"}, "stand in `trigger` of an email flow");
  map.refuse({"headers", "expect"}, "stand in the trigger's steps of an email flow");
  if (place.platform == nullptr) {
    for (const char* key : {"within", "poll", "settle", "trigger", "arrival"}) map.find(key);
    return;
  }
  probe.email_flow = FlowReader(place, probe).read(map, probe.plan);
}

}  // namespace tillwatch::config::reading
