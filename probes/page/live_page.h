#pragma once

// A page without what is dead in it: comments of HTML and of JavaScript, what stands in a noscript
// or a template, scripts of a type that nobody runs, hints to load something. What is left is where
// a tag must stand to do anything.

#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::probes {

struct LivePage {
  explicit LivePage(std::string_view page);

  std::string markup;   // the page without its dead parts, otherwise as written
  std::string scripts;  // what scripts hold, and from where they come; escapes are what they mean
  struct Held {
    std::string by;  // "Cookiebot"
    bool waits;      // for the visitor
    std::string scripts;
    std::string markup;
  };
  std::vector<Held> held;  // scripts that a tool runs later
  std::string dead;        // scripts and addresses that are in the dead parts
};

}  // namespace tillwatch::probes
