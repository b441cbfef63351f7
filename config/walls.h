#pragma once

// Bot walls: what an answer looks like that a wall gave in a store's place
// (config/data/walls/*.yaml).

#include <string>
#include <vector>

#include "config/steps.h"

namespace tillwatch::config {

struct WallMark {
  std::string seen;  // for people: "SG-Captcha: challenge"
  Rule when;         // its conditions alone
};
struct Wall {
  std::string title;
  std::vector<WallMark> marks;
};
using Walls = std::vector<Wall>;

}  // namespace tillwatch::config
