#pragma once

// The one line that moves while `tillwatch check` runs; silent where nobody watches.

#include <cstddef>
#include <ostream>
#include <string>

#include "probes/outcome.h"

namespace tillwatch {

class Progress {
 public:
  // `terminal`: the stream is one; else nothing is written.
  Progress(std::ostream& out, bool terminal, std::size_t total)
      : out_(out), terminal_(terminal), total_(total) {}
  // Takes the line away.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void started(const std::string& probe);
  void finished(Verdict verdict);

 private:
  void show();

  std::ostream& out_;
  bool terminal_;
  std::size_t total_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  std::string latest_;
};

}  // namespace tillwatch
