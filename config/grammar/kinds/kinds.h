#pragma once

// The table of who reads which type of probe: one row each.

#include <memory>
#include <string_view>
#include <vector>

#include "config/grammar/store.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

// Where a probe stands.
struct ProbePlace {
  ProbePlace(const std::shared_ptr<const Store>& of, const Platform* from, const Names& known,
             LoadContext& among)
      : store(of), platform(from), names(known), load(among) {}
  const std::shared_ptr<const Store>& store;
  const Platform* platform;  // null where the store's is unknown
  const Names& names;        // that texts and expressions may say
  LoadContext& load;
};

struct KindReader {
  ProbeType type;
  // Reads all that is not common to every probe.
  void (*read)(Mapping& map, const ProbePlace& place, Probe& probe);
  // Of this type alone, and refused with its name elsewhere.
  std::vector<std::string_view> keys;
};

const KindReader& reader_of(ProbeType type);

// Refuses the keys of all other types.
void refuse_other_kinds(Mapping& map, ProbeType type);

}  // namespace tillwatch::config::reading
