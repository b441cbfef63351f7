#include "daemon/check/progress.h"

#include "config/utf8.h"
#include "daemon/check/printable.h"

namespace tillwatch {

Progress::~Progress() {
  if (terminal_) out_ << "\r\x1b[K" << std::flush;
}

void Progress::started(const std::string& probe) {
  latest_ = printable(probe);
  show();
}

void Progress::finished(Verdict verdict) {
  ++done_;
  if (verdict == Verdict::fail) ++failed_;
  show();
}

void Progress::show() {
  if (!terminal_) return;
  out_ << "\r\x1b[K" << done_ << "/" << total_ << " checked";
  if (failed_ > 0) out_ << ", " << failed_ << " failed";
  if (done_ < total_) out_ << " · " << config::cut_utf8(latest_, 50);
  out_ << std::flush;
}

}  // namespace tillwatch
