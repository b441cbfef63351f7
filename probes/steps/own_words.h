#pragma once

// What an answer says of itself, for people: one line, without tags.

#include <string>

#include "probes/steps/answer.h"

namespace tillwatch::probes {

// A page's title, the message of a JSON error, the first words of a text; may be empty.
std::string own_words(Answer& answer);

// An error of the shop's own program that a page tells of: PHP gave up, no database can be reached.
struct ProgramError {
  std::string words;  // empty: there is none, also where a page merely speaks of such an error
  // It stands in the page's place; else below what there is of the page, which may be enough.
  bool is_all = false;
};
ProgramError program_error(const Answer& answer);

}  // namespace tillwatch::probes
