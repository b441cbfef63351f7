#include "daemon/check/report.h"
#include "daemon/surfaces/json_writer.h"
#include "probes/page/fingerprint.h"

namespace tillwatch {
namespace {

double ms(probes::Microseconds time) { return static_cast<double>(time.count()) / 1e3; }

void write_phase(JsonWriter& out, std::string_view key,
                 const std::optional<probes::Microseconds>& time) {
  if (time) out.key(key).value(ms(*time), 3);
}

void write_step(JsonWriter& out, const probes::StepResult& step) {
  out.begin_object().field("name", step.name).field("status", step.status);
  write_phase(out, "dns_ms", step.phases.dns);
  write_phase(out, "connect_ms", step.phases.connect);
  write_phase(out, "tls_ms", step.phases.tls);
  write_phase(out, "first_byte_ms", step.phases.first_byte);
  write_phase(out, "transfer_ms", step.phases.transfer);
  out.key("total_ms").value(ms(step.total), 3).end_object();
}

void write_list(JsonWriter& out, std::string_view key, const std::vector<std::string>& list) {
  out.key(key).begin_array();
  for (const std::string& one : list) out.value(one);
  out.end_array();
}

void write_fingerprint(JsonWriter& out, const probes::Fingerprint& print) {
  out.key("fingerprint").begin_object();
  out.field("theme", print.theme).field("theme_name", print.theme_name);
  write_list(out, "generators", print.generators);
  write_list(out, "script_hosts", print.script_hosts);
  out.key("tags").begin_array();
  for (const probes::Fingerprint::Tag& tag : print.tags) {
    out.begin_object().field("tag", tag.kind).field("id", tag.id).end_object();
  }
  out.end_array();
  write_list(out, "assets", print.assets);
  out.field("price", print.price).end_object();
}

void write_probe(JsonWriter& out, const Checked& checked) {
  const config::Probe& probe = *checked.probe;
  const probes::Outcome& outcome = checked.outcome;
  out.begin_object().field("store", probe.store->name).field("probe", probe.name);
  out.field("type", name(probe.type)).field("area", name(probe.area)).field("counts", probe.counts);
  out.field("verdict", name(outcome.verdict)).field("reason", name(outcome.reason));
  if (!checked.prerequisite.empty()) out.field("prerequisite", checked.prerequisite);
  out.field("message", outcome.message).field("step", outcome.step);
  const std::string between = outcome.note.empty() || outcome.cleanup.empty() ? "" : "; ";
  const std::string note = outcome.note + between + outcome.cleanup;
  if (!note.empty()) out.field("note", note);
  if (!outcome.cleanup.empty()) out.field("cleanup", outcome.cleanup);
  out.field("started_at", outcome.started_at).key("duration_ms").value(ms(outcome.duration), 3);
  out.field("run_id", outcome.run_id).field("certificate_expiry", outcome.certificate_expiry);
  out.key("steps").begin_array();
  for (const probes::StepResult& step : outcome.steps) write_step(out, step);
  out.end_array();
  if (outcome.fingerprint) write_fingerprint(out, *outcome.fingerprint);
  if (outcome.evidence) {
    out.key("evidence").begin_object().field("url", outcome.evidence->url);
    out.field("status", outcome.evidence->status).field("body", outcome.evidence->body);
    out.end_object();
  }
  out.end_object();
}

}  // namespace

std::string report_json(const Checklist& list) {
  JsonWriter out;
  out.begin_object().field("verdict", name(verdict_of(list))).key("probes").begin_array();
  for (const Checked& checked : list) write_probe(out, checked);
  out.end_array().end_object();
  return out.take() + '\n';
}

}  // namespace tillwatch
