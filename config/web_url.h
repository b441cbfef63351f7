#pragma once

// A URL as browsers read it (url.spec.whatwg.org): what a shop or a person writes, blanks,
// backslashes and letters of any script among it, becomes the text that goes over the wire.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::config {

class WebUrl {
 public:
  // Nothing where even a browser makes no URL of it. Without `base` it must be absolute.
  static std::optional<WebUrl> parse(std::string_view text, const WebUrl* base = nullptr);

  const std::string& scheme() const { return scheme_; }   // "https"
  const std::string& host() const { return host_; }       // "acme.example", "[::1]"
  std::optional<unsigned> port() const { return port_; }  // none: the scheme's own
  unsigned port_number() const;                           // 0 where the scheme has none
  bool has_user() const { return !user_.empty() || !password_.empty(); }
  bool has_query() const { return query_.has_value(); }
  bool has_fragment() const { return fragment_.has_value(); }
  bool is_web() const { return scheme_ == "http" || scheme_ == "https"; }
  std::string path() const;            // "/", "/a/b"
  std::string path_and_query() const;  // as a request names it

  // As a request goes there: without user, password and fragment.
  std::string address() const;

 private:
  friend class WebUrlReader;

  std::string scheme_;
  std::string user_;
  std::string password_;
  bool has_host_ = false;
  std::string host_;
  std::optional<unsigned> port_;
  bool opaque_ = false;            // "mailto:x": the path is one piece
  std::vector<std::string> path_;  // its segments
  std::optional<std::string> query_;
  std::optional<std::string> fragment_;
};

// A text as it stands in a path or a query that a shop gave: only what may not is percent-encoded.
std::string in_web_path(std::string_view text);
std::string in_web_query(std::string_view text);

// A host as it stands in a URL: "Größe.example" is "xn--gre-6ka8i.example", "0x7f.1" is
// "127.0.0.1", "[::0:1]" is "[::1]". Nothing where it is none.
std::optional<std::string> web_host(std::string_view text);

// Every byte that may not stand in a host as it is, percent-encoded: of a scheme that is not the
// web's.
std::optional<std::string> opaque_host(std::string_view text);

}  // namespace tillwatch::config
