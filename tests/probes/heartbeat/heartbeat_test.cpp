// The table of probes/README.md, row by row; and what a ping may say.

#include "probes/heartbeat/heartbeat.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include <boost/json.hpp>

#include "config/loader.h"

using namespace tillwatch;
using namespace tillwatch::probes;
using namespace std::chrono;

namespace {

const UtcTime zero{sys_days{2026y / 3 / 28}};

std::vector<std::string> manual() {
  std::ifstream stream(TILLWATCH_PROBES_README);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string example() {
  std::string text;
  bool inside = false;
  for (const std::string& line : manual()) {
    if (line == "```") inside = false;
    if (inside) text += line + "\n";
    if (line == "```yaml heartbeat") inside = true;
  }
  return text;
}

std::vector<std::vector<std::string>> rows() {
  std::vector<std::vector<std::string>> found;
  bool inside = false;
  for (const std::string& line : manual()) {
    if (!line.starts_with("|")) inside = false;
    if (inside && line.starts_with("| ")) {
      std::vector<std::string> cells;
      std::size_t at = 2;
      for (std::size_t end = 0; (end = line.find(" |", at)) != std::string::npos; at = end + 3) {
        cells.push_back(line.substr(at, end - at));
      }
      found.push_back(cells);
    }
    if (line.starts_with("| heard, by minute")) inside = true;
  }
  return found;
}

struct Job {
  std::shared_ptr<const config::Config> config = config::load_text(example(), "README.md");
  std::shared_ptr<const config::Probe> probe = config->probes.at(0);
  Memory memory;
  UtcTime listening = zero - minutes{1};

  CallAnswer call(int minute, const std::string& rest, const std::string& body = {}) {
    look(minute);
    Call call;
    call.rest = rest;
    call.body = body;
    call.at = zero + minutes{minute};
    call.listening_since = listening;
    return take_ping(*probe, memory, call, *config->redactor);
  }
  Outcome look(int minute) {
    return look_at_heartbeat(*probe, memory, zero + minutes{minute}, listening);
  }
};

std::string said(const Outcome& outcome) {
  const auto minute = [](UtcTime time) { return std::to_string((time - zero) / minutes{1}); };
  if (outcome.late.pending) return "undecided from " + minute(*outcome.late.undecided);
  std::string text(name(outcome.verdict));
  if (outcome.reason != Reason::none) text += ", `" + std::string(name(outcome.reason)) + "`";
  if (outcome.late.concerns) text += " from " + minute(*outcome.late.concerns);
  return text;
}

}  // namespace

TEST_CASE("every row of the manual") {
  int seen = 0;
  for (const auto& row : rows()) {
    CAPTURE(row.at(0));
    CAPTURE(row.at(1));
    Job job;
    std::istringstream heard(row.at(0) == "nothing" ? "" : row.at(0));
    for (std::string one; std::getline(heard, one, ',');) {
      std::istringstream words(one);
      int minute = 0;
      std::string word;
      words >> minute >> word;
      if (word == "began") {
        job.listening = zero + minutes{minute};
      } else {
        CHECK(job.call(minute, word == "success" ? "" : word).run_at_once);
      }
    }
    CHECK(said(job.look(std::stoi(row.at(1).substr(3)))) == row.at(2));
    ++seen;
  }
  CHECK(seen == 13);
}

TEST_CASE("what a job says of its failure is bounded, on one line, and told") {
  Job job;
  job.call(0, "7", "\n\n" + std::string(5000, 'x') + "\nsecond");
  const Outcome outcome = job.look(0);
  CHECK(outcome.message.starts_with("the job ended with exit code 7: xxx"));
  CHECK(outcome.message.size() < 300);
  CHECK(outcome.message.find("second") == std::string::npos);
  CHECK(outcome.late.confirmed);
}

TEST_CASE("words that are none change nothing") {
  Job job;
  job.call(0, "");
  const auto before = job.memory.values;
  for (const char* word : {"256", "-1", "1x", "x", "start/1", "Fail", "99999999999", " "}) {
    const CallAnswer answer = job.call(0, word);
    CHECK(answer.status == 400);
    CHECK(answer.text == "invalid url format");
    CHECK(!answer.run_at_once);
  }
  CHECK(job.memory.values == before);
}

TEST_CASE("nonsense in the memory is forgotten") {
  for (const char* text : {R"({"heartbeat":7})", R"({"heartbeat":{"success":"x","down":{}}})"}) {
    Job job;
    job.memory.values = boost::json::parse(text).as_object();
    CHECK(said(job.look(0)) == "unknown, `not_heard`");
  }
}
