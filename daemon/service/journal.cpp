#include "daemon/service/journal.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace tillwatch::service {

bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat file {};
  if (stream == nullptr || fstat(STDERR_FILENO, &file) != 0) return false;
  return std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino) == stream;
}

std::string for_journal(Priority priority, std::string_view text) {
  const std::string mark = "<" + std::to_string(static_cast<int>(priority)) + ">";
  std::string marked = mark;
  for (std::size_t i = 0; i < text.size(); ++i) {
    marked += text[i];
    if (text[i] == '\n' && i + 1 < text.size()) marked += mark;
  }
  return marked;
}

}  // namespace tillwatch::service
