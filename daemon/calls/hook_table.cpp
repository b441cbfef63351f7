#include "daemon/calls/hook_table.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

#include "config/kinds/email_flow.h"
#include "config/kinds/heartbeat.h"

namespace tillwatch {
namespace {

// How many parts of a path are the address; the rest is for the kind to read.
int parts_of_address(std::string_view path) { return path.starts_with("flow/") ? 3 : 2; }

// Where the address ends: at its last part's slash, or with the path.
std::size_t end_of_address(std::string_view path) {
  std::size_t end = 0;
  for (int parts = parts_of_address(path); parts > 0; --parts) {
    end = path.find('/', end);
    if (end == std::string_view::npos || parts == 1) return end;
    ++end;
  }
  return end;
}

}  // namespace

HookTable::HookTable() {
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1) {
    throw std::runtime_error("no random numbers");
  }
}

std::string HookTable::hashed(std::string_view address) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(address.data());
  if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), bytes, address.size(),
           hash.data(), &size) == nullptr) {
    throw std::runtime_error("no SHA-256");
  }
  return {reinterpret_cast<const char*>(hash.data()), size};
}

// An address that yields is one by name: it gives way to a secret that is spelled the same.
void HookTable::add(const std::string& address, const std::shared_ptr<const config::Probe>& probe,
                    bool yields) {
  const auto [place, is_new] = by_hash_.try_emplace(hashed(address), probe);
  if (is_new) return;
  if (yields) {
    if (place->second == nullptr || place->second->heartbeat->ping.empty()) {
      place->second = nullptr;
      ambiguous_.push_back(address);
    }
    return;
  }
  place->second = probe;
}

void HookTable::configure(const config::Config& config) {
  by_hash_.clear();
  ambiguous_.clear();
  for (const auto& probe : config.probes) {
    if (probe->email_flow != nullptr && !probe->email_flow->hook_secret.empty()) {
      add("flow/" + probe->name + '/' + probe->email_flow->hook_secret, probe, false);
    }
    if (probe->heartbeat == nullptr) continue;
    const std::string& ping = probe->heartbeat->ping;
    if (!ping.empty()) {
      add("heartbeat/" + ping, probe, false);
      continue;
    }
    add("heartbeat/" + probe->store->name + '.' + probe->name, probe, true);
    add("heartbeat/" + probe->name, probe, true);
  }
  std::sort(ambiguous_.begin(), ambiguous_.end());
  ambiguous_.erase(std::unique(ambiguous_.begin(), ambiguous_.end()), ambiguous_.end());
}

std::optional<HookTable::Found> HookTable::find(std::string_view path) const {
  const std::size_t end = end_of_address(path);
  const auto found = by_hash_.find(hashed(path.substr(0, end)));
  if (found == by_hash_.end() || found->second == nullptr) return std::nullopt;
  return Found{found->second, end == std::string_view::npos ? "" : path.substr(end + 1)};
}

}  // namespace tillwatch
