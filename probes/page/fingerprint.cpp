#include "probes/page/fingerprint.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <boost/json/parse.hpp>

#include "probes/http/url.h"
#include "probes/page/microdata.h"
#include "probes/page/page_tags.h"
#include "probes/page/script_text.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_themes = 4;
constexpr std::size_t most_matches = 500;  // of one pattern on one page
constexpr std::size_t longest_asset = 200;
constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_url = 2048;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool ends_address(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '`' || c == '<' ||
         c == '>' || c == '(' || c == ')';
}

// The first `most` by the alphabet of all that were put in.
template <typename Value>
class First {
 public:
  explicit First(std::size_t most) : most_(most) {}
  void put(Value value) {
    if (kept_.size() == most_ && !(value < *kept_.rbegin())) return;
    if (kept_.insert(std::move(value)).second && kept_.size() > most_) {
      kept_.erase(std::prev(kept_.end()));
    }
  }
  const std::set<Value>& kept() const { return kept_; }
  std::vector<Value> take() {
    std::vector<Value> all;
    all.reserve(kept_.size());
    while (!kept_.empty()) all.push_back(std::move(kept_.extract(kept_.begin()).value()));
    return all;
  }

 private:
  std::size_t most_;
  std::set<Value> kept_;
};

// Scheme and host taken off an address as it stands in a page; the host stays empty where it is the
// page's own. None where it is no address of the web.
struct Address {
  std::string host;
  std::string_view rest;  // from the path on
};
std::optional<Address> address_of(std::string_view url) {
  const auto colon = url.find(':');
  const auto slash = url.find_first_of("/?#");
  Address address;
  if (colon != url.npos && colon < slash) {
    const std::string_view scheme = url.substr(0, colon);
    if (scheme != "https" && scheme != "http") return std::nullopt;
    url.remove_prefix(colon + 1);
    if (!url.starts_with("//")) return std::nullopt;
  }
  if (!url.starts_with("//")) {
    address.rest = url;
    return address;
  }
  url.remove_prefix(2);
  const std::string_view authority = url.substr(0, url.find_first_of("/?#\\"));
  address.rest = url.substr(authority.size());
  for (const char c : authority.substr(0, authority.find(':'))) {
    if (!is_letter_or_digit(c) && c != '.' && c != '-') return std::nullopt;
    address.host += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  if (address.host.empty() || address.host.size() > 253) return std::nullopt;
  return address;
}

// The parameters that say which version an asset is; "?v=3", or empty.
std::string version_of(std::string_view query) {
  std::string version;
  if (query.size() <= 40 && query.find('=') == query.npos) return "?" + std::string(query);
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(one.size() + 1, query.size()));
    std::string_view parameter = one;
    if (parameter.starts_with("amp;")) parameter.remove_prefix(4);  // `&amp;`
    const std::string_view key = parameter.substr(0, parameter.find('='));
    if (key != "v" && key != "ver" && key != "version" && key != "rev") continue;
    version += version.empty() ? '?' : '&';
    version += parameter.substr(0, 60);
  }
  return version;
}

std::string asset_of(const Address& address, const std::string& own_host) {
  const std::string_view rest = address.rest.substr(0, address.rest.find('#'));
  const auto query = rest.find('?');
  std::string asset = address.host == own_host ? std::string() : address.host;
  asset += rest.substr(0, query);
  if (query != rest.npos) asset += version_of(rest.substr(query + 1));
  return one_line(asset, longest_asset);
}

// A text as a JSON or JavaScript string has it; where it is none, as it is.
std::string unescaped(std::string_view text) {
  std::string plain(text.substr(0, 4 * longest_name));
  if (plain.find('\\') == plain.npos) return plain;
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse('"' + plain + '"', error);
  return error ? plain : std::string(std::string_view(value.get_string()));
}

class Look {
 public:
  Look(const std::string& url, const config::PageMarks& marks, UtcTime now)
      : own_(host_of(url)), marks_(marks), offers_(now) {}

  void at(const PageTag& tag) {
    switch (tag.kind) {
      case PageTag::Kind::script:
        return is_json_ld(tag) ? offers_.read(tag.text) : script(tag);
      case PageTag::Kind::link:
        return link(tag);
      case PageTag::Kind::meta:
        return meta(tag);
      case PageTag::Kind::iframe:
      case PageTag::Kind::image:
        if (const auto source = tag.attribute("src")) note(*source);
        return;
      case PageTag::Kind::other:
        return;
    }
  }

  void at_things(boost::json::array things) { offers_.add(std::move(things)); }

  PageFacts facts() {
    search(addresses_);
    PageFacts facts;
    Fingerprint& print = facts.fingerprint;
    for (const std::string& theme : themes_.kept()) {
      print.theme += (print.theme.empty() ? "" : ", ") + theme;
    }
    print.theme_name = std::move(theme_name_);
    print.generators = generators_.take();
    print.script_hosts = hosts_.take();
    print.tags = tags_.take();
    print.assets = assets_.take();
    facts.data = offers_.result();
    return facts;
  }

 private:
  void script(const PageTag& tag) {
    if (const auto source = tag.attribute("src")) {
      note(*source);
      if (const auto address = asset(*source)) hosts_.put(address->host);
    }
    if (tag.text.empty()) return;
    search(tag.text);
    if (tag.text.find("\\u002") != tag.text.npos || tag.text.find("\\x2") != tag.text.npos) {
      search(unescaped_script(tag.text));  // `G\u002DABC`
    }
    if (theme_name_.empty()) {
      for (const auto& pattern : marks_.theme_name) {
        const auto match = pattern->find(tag.text);
        if (!match) continue;
        theme_name_ = one_line(unescaped(match->mark), longest_name);
        break;
      }
    }
    loaded(tag.text);
  }

  void link(const PageTag& tag) {
    const auto relation = tag.attribute("rel");
    if (!relation || relation->find("stylesheet") == relation->npos) return;
    const auto target = tag.attribute("href");
    if (target && asset(*target)) note(*target);
  }

  void meta(const PageTag& tag) {
    const auto name = tag.attribute("name");
    const auto content = tag.attribute("content");
    if (name && content && (*name == "generator" || *name == "Generator")) {
      generators_.put(one_line(*content, longest_name));
    }
  }

  std::optional<Address> asset(std::string_view url) {
    if (url.size() > longest_url) return std::nullopt;
    while (!url.empty() && static_cast<unsigned char>(url.front()) <= ' ') url.remove_prefix(1);
    auto address = address_of(url);
    if (!address || (address->host.empty() && address->rest.empty())) return std::nullopt;
    if (address->host.empty()) address->host = own_;
    assets_.put(asset_of(*address, own_));
    return address;
  }

  // The addresses of scripts that a script loads: '"https://cdn.example/x.js"', also as JSON has
  // it.
  void loaded(std::string_view text) {
    constexpr std::size_t longest = 300;
    for (auto at = text.find("http"); at != text.npos; at = text.find("http", at)) {
      std::string_view url = text.substr(at, longest);
      const auto end = std::ranges::find_if(url, ends_address);
      url = url.substr(0, static_cast<std::size_t>(end - url.begin()));
      at += url.size();
      if (url.find(".js") == url.npos) continue;
      std::string plain;
      for (const char c : url) {
        if (c != '\\') plain += c;
      }
      const auto address = address_of(plain);
      if (!address || address->host.empty()) continue;
      const std::string_view path = address->rest.substr(0, address->rest.find_first_of("?#"));
      if (path.ends_with(".js")) hosts_.put(address->host);
    }
  }

  // Addresses are searched all at once: that is cheaper than one by one.
  void note(std::string_view address) {
    addresses_ += address.substr(0, longest_url);
    addresses_ += '\n';
  }

  void search(std::string_view text) {
    for (const auto& tag : marks_.tags) {
      for (const auto& pattern : tag.find) {
        for_each_mark(*pattern, text, [&](const config::Pattern::Match& match) {
          const char before = match.begin > 0 ? text[match.begin - 1] : ' ';
          if (is_letter_or_digit(before) || before == '-' || before == '_') return;
          tags_.put({tag.name, one_line(match.mark, longest_name)});
        });
      }
    }
    for (const auto& pattern : marks_.theme) {
      for_each_mark(*pattern, text, [&](const config::Pattern::Match& match) {
        themes_.put(one_line(match.mark, longest_name));
      });
    }
  }

  template <typename Each>
  static void for_each_mark(const config::Pattern& pattern, std::string_view text,
                            const Each& each) {
    std::size_t from = 0;
    for (std::size_t count = 0; count < most_matches && from <= text.size(); ++count) {
      const auto match = pattern.find(text, from);
      if (!match) return;
      each(*match);
      from = std::max(match->end, from + 1);
    }
  }

  std::string own_;
  std::string addresses_;  // one a line
  const config::PageMarks& marks_;
  OfferReader offers_;
  std::string theme_name_;
  First<std::string> themes_{most_themes};
  First<std::string> generators_{Fingerprint::most_generators};
  First<std::string> hosts_{Fingerprint::most_hosts};
  First<Fingerprint::Tag> tags_{Fingerprint::most_tags};
  First<std::string> assets_{Fingerprint::most_assets};
};

}  // namespace

PageFacts facts_of(std::string_view page, const std::string& url, const config::PageMarks& marks,
                   UtcTime now) {
  Look look(url, marks, now);
  PageTags tags(page);
  while (const auto tag = tags.next()) look.at(*tag);
  look.at_things(things_in_markup(page));
  return look.facts();
}

}  // namespace tillwatch::probes
