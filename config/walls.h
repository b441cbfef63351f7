#pragma once

// Bot walls: what an answer looks like that a wall gave in a store's place
// (config/data/walls/*.yaml).

#include <memory>
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

struct Walls {
  std::vector<Wall> list;
  // What the page holds of every mark that no status, header or cookie restricts: any of them. One
  // look in place of many, since nearly no page is a wall's. Null where that cannot be asked.
  std::shared_ptr<const Pattern> pages;
};

// Whether nothing but the page tells: its text, and what else is asked of it.
bool is_of_page_alone(const Rule& mark);
Walls walls_of(std::vector<Wall> list);

}  // namespace tillwatch::config
