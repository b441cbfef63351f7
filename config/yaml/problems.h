#pragma once

// Where things stand in the files, and what is wrong there.

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "config/loader.h"
#include "config/redactor.h"

namespace tillwatch::config::reading {

// A spot in a file; line and column count from 1, 0 where the file as a whole is meant.
struct Place {
  const std::string* file = nullptr;  // owned by Problems
  int line = 0;
  int column = 0;
};

// Collects what is wrong, so that everything can be reported in one go.
class Problems {
 public:
  // The name of a file as messages show it; lives as long as this object.
  const std::string* file(std::string name);

  void add(const Place& place, std::string message);
  // Leaves out what else is found at this place: it follows from what was reported.
  void silence(const Place& place) { silenced_.insert({place.file, place.line, place.column}); }
  std::size_t count() const { return problems_.size(); }

  // What is found out only once all is read: `check` is called by throw_if_any().
  void later(std::function<void()> check) { later_.push_back(std::move(check)); }

  // Throws ConfigError if there is any problem, every secret taken out of the messages.
  void throw_if_any(const Redactor& redactor);

 private:
  std::deque<std::string> files_;
  std::vector<Problem> problems_;
  std::vector<std::function<void()>> later_;
  std::set<std::tuple<const std::string*, int, int>> silenced_;
};

}  // namespace tillwatch::config::reading
