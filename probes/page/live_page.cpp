#include "probes/page/live_page.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "probes/page/held_back.h"
#include "probes/page/page_tags.h"
#include "probes/page/script_text.h"
#include "probes/text/entities.h"

namespace tillwatch::probes {
namespace {

using Kind = PageTag::Kind;
using Within = PageTag::Within;

constexpr std::size_t most_held = 200;

std::string name_in_small(std::string_view name) {
  std::string result(name);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

// An attribute that some script reads, or runs: settings as JSON, handlers of events.
bool is_read_by_scripts(std::string_view name) {
  return name.starts_with("data-") || name.starts_with("on") || name.starts_with("x-") ||
         name.starts_with("@") || name.starts_with(":") || name.starts_with("v-") ||
         name.starts_with("ng-");
}

bool is_an_address(std::string_view name) {
  return name == "src" || name.ends_with("-src") || name == "data-href" || name == "data-url";
}

// An address with nothing dead about it: its blanks and line ends are none.
std::string address_in(std::string_view value) {
  std::string address;
  for (const char c : decoded_entities(value)) {
    if (c != '\t' && c != '\n' && c != '\r') address += c;
  }
  return unescaped_script(address);
}

class LiveReader {
 public:
  LiveReader(std::string_view page, LivePage& into)
      : page_(page), tags_(page, PageTags::Of::every_element), into_(into) {
    into_.markup.reserve(page.size());
  }

  void read() {
    std::size_t copied = 0;
    while (const auto tag = tags_.next()) {
      between(copied, tags_.begin(), tag->within);
      copied = tags_.end();
      if (tag->kind == Kind::script) {
        script(*tag);
      } else {
        element(*tag);
      }
      in_template_ = tags_.in_template();
      hidden_ = tags_.noscript_end();
    }
    between(copied, page_.size(), Within::page);
  }

 private:
  // What stands between two elements: text, end tags, and the comments. `next`: where the second
  // is.
  void between(std::size_t begin, std::size_t end, Within next) {
    if (begin >= end) return;
    const std::size_t shown = std::min(std::max(begin, hidden_), end);
    dead(page_.substr(begin, shown - begin));
    std::string_view text = page_.substr(shown, end - shown);
    if (in_template_) {
      const auto close = next == Within::page ? text.rfind("</template") : text.npos;
      dead(text.substr(0, close));
      text.remove_prefix(std::min(close, text.size()));
    }
    while (!text.empty()) {
      const auto comment = std::min(text.find("<!--"), text.size());
      into_.markup += text.substr(0, comment);
      text.remove_prefix(comment);
      if (text.empty()) return;
      const auto behind = end_of_comment(text, 0);
      dead(text.substr(0, behind));
      text.remove_prefix(behind);
    }
  }

  void element(const PageTag& tag) {
    const bool hint = tag.kind == Kind::link && is_hint(tag);
    const std::string_view whole = page_.substr(tags_.begin(), tags_.end() - tags_.begin());
    if (tag.within != Within::page || hint) {
      dead(whole);
    } else {
      into_.markup += whole;
      attributes(tag);
    }
  }

  void attributes(const PageTag& tag) {
    if (tag.kind == Kind::link || tag.kind == Kind::meta) return;
    tag.each_attribute([&](std::string_view name, std::string_view value) {
      const std::string called = name_in_small(name);
      const bool loaded = called == "src" && tag.kind == Kind::image;
      if (value.empty() || (!loaded && !is_read_by_scripts(called))) return;
      add(into_.scripts, "\"" + address_in(value) + "\"");
    });
  }

  static bool is_hint(const PageTag& link) {
    const std::string relation = name_in_small(link.attribute("rel").value_or(""));
    for (const std::string_view hint :
         {"preload", "prefetch", "preconnect", "prerender", "modulepreload"}) {
      if (relation.find(hint) != relation.npos) return true;
    }
    return false;
  }

  void script(const PageTag& tag) {
    const ScriptState state = state_of(tag);
    const std::string_view whole = page_.substr(tags_.begin(), tags_.end() - tags_.begin());
    if (state.runs == ScriptState::Runs::never) {
      // Data that nobody runs; a tag's id in it is none, but own patterns may look for it.
      if (tag.within == Within::page && is_data(tag)) into_.markup += whole;
      return dead(whole);
    }
    std::string markup;
    std::string text;
    if (const auto source = source_of(tag, state.runs)) {
      markup = std::string(whole.substr(0, whole.size() - tag.text.size()));
      text = "\"" + *source + "\"";
      dead(tag.text);  // a browser that loads a script does not look at its text
    } else {
      const std::string live = without_comments(tag.text);
      markup = std::string(whole.substr(0, whole.size() - tag.text.size())) + live;
      text = unescaped_script(live);
      if (live.size() != tag.text.size()) dead(tag.text);
    }
    tag.each_attribute([&](std::string_view name, std::string_view value) {
      const std::string called = name_in_small(name);
      if (called.starts_with("data-") && !is_an_address(called)) {
        add(text, "\"" + address_in(value) + "\"");
      }
    });
    if (state.runs == ScriptState::Runs::now) {
      into_.markup += markup;
      add(into_.scripts, text);
    } else if (into_.held.size() < most_held) {
      into_.held.push_back(
          {std::string(state.by), state.waits, std::move(text), std::move(markup)});
    }
  }

  // JSON-LD and its like: it is there, though no script.
  static bool is_data(const PageTag& tag) {
    const std::string type = name_in_small(tag.attribute("type").value_or(""));
    return type.find("json") != type.npos;
  }

  // From where the script comes; that of one that is held back may stand elsewhere.
  static std::optional<std::string> source_of(const PageTag& tag, ScriptState::Runs runs) {
    if (const auto source = tag.attribute("src")) return address_in(*source);
    if (runs == ScriptState::Runs::now) return std::nullopt;
    std::optional<std::string> found;
    tag.each_attribute([&](std::string_view name, std::string_view value) {
      const std::string called = name_in_small(name);
      if (!found && is_an_address(called) && !value.empty()) found = address_in(value);
    });
    return found;
  }

  void dead(std::string_view text) {
    if (!text.empty()) add(into_.dead, decoded_entities(text));
  }
  static void add(std::string& to, std::string_view text) {
    to += text;
    to += '\n';
  }

  std::string_view page_;
  PageTags tags_;
  LivePage& into_;
  bool in_template_ = false;  // behind the last element
  std::size_t hidden_ = 0;    // up to here a noscript hides what stands there
};

}  // namespace

LivePage::LivePage(std::string_view page) { LiveReader(page, *this).read(); }

}  // namespace tillwatch::probes
