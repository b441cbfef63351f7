#pragma once

// One compiled program for one text, as long as somebody holds it: a reload that changes nothing
// compiles nothing, and what is no longer used goes away.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tillwatch::config {

template <typename Program>
class SharedByText {
 public:
  std::shared_ptr<const Program> get(
      std::string_view text, const std::function<std::shared_ptr<const Program>()>& compile) {
    auto found = programs_.find(text);
    if (found != programs_.end()) {
      if (auto program = found->second.lock()) return program;
    }
    auto program = compile();
    if (programs_.size() >= sweep_at_) sweep();
    programs_.insert_or_assign(std::string(text), program);
    return program;
  }

 private:
  void sweep() {
    std::erase_if(programs_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = 2 * programs_.size() + 64;
  }

  std::map<std::string, std::weak_ptr<const Program>, std::less<>> programs_;
  std::size_t sweep_at_ = 64;
};

}  // namespace tillwatch::config
