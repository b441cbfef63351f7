// What a probe costs: CPU per probe over HTTP and verified HTTPS with a fresh connection each, for
// whole runs with their expectations, beside a bare loop and real programs that fetch the same
// pages from the same server; journeys of three steps; memory with many runs in flight.
//
//   bench_probes [--quick] [--only http|https|memory] [--in-flight 1000]

#include <malloc.h>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "config/loader.h"
#include "probes/http/curl_transport.h"
#include "probes/network/network_check.h"
#include "probes/run.h"
#include "tests/bench/measure.h"
#include "tests/bench/page_server.h"
#include "tests/bench/rivals.h"
#include "tests/probes/http/certificates.h"
#include "tests/probes/scratch_folder.h"

namespace tillwatch::bench {
namespace {

namespace asio = boost::asio;

constexpr int prober_processor = 0;
constexpr int server_processor = 1;
constexpr int runs_at_once = 8;

std::shared_ptr<const config::Config> configuration(const PageServer& server,
                                                    const std::filesystem::path& authority) {
  const std::string page =
      "{get: /, expect: {status: 200, contains: " + std::string(page_text) + "}}";
  const std::string probes =
      "    probes:\n"
      "      - {name: page, type: http, steps: [" +
      page +
      "]}\n"
      "      - {name: product, type: http, steps: [{get: /product, expect: {contains: Add to "
      "cart}}]}\n"
      "      - {name: storefront, type: storefront, steps: [{get: /product, expect: {contains: Add "
      "to cart}}]}\n"
      "      - {name: journey, type: http, steps: [" +
      page +
      ", "
      "{post: /cart, json: {id: 1}, expect: {json: .item_count == 1}}, "
      "{get: /checkout, expect: {contains: Payment}}]}\n"
      "      - {name: hold, type: http, every: 60s, timeout: 30s, steps: [{get: /hold, expect: "
      "{status: 200}}]}\n";
  const auto store = [&](const char* name, const std::string& url) {
    return std::string("  - name: ") + name + "\n    url: " + url +
           "\n    platform: custom\n    product: {sku: A, price: 1, currency: EUR}\n    tls: "
           "{ca_file: " +
           authority.string() + "}\n" + probes;
  };
  return config::load_text(
      "stores:\n" + store("http", server.http()) + store("https", server.https()), "bench");
}

// The machinery of the daemon around runs, without the daemon.
class Prober {
 public:
  explicit Prober(std::shared_ptr<const config::Config> config)
      : config_(std::move(config)),
        transport_(probes::make_curl_transport(context_.get_executor())),
        canary_(context_.get_executor(), "none") {}

  // `times` runs, `at_once` at a time. How many passed.
  std::size_t run(const std::string& probe, std::size_t times, std::size_t at_once) {
    left_ = times;
    passed_ = 0;
    for (std::size_t i = 0; i < at_once; ++i) begin(named(probe));
    context_.restart();
    context_.run();
    return passed_;
  }
  // The same, all at once in the end, but begun one after the other.
  std::size_t run_spread(const std::string& probe, std::size_t times,
                         std::chrono::milliseconds over) {
    left_ = times;
    passed_ = 0;
    std::vector<std::unique_ptr<asio::steady_timer>> starts;
    for (std::size_t i = 0; i < times; ++i) {
      starts.push_back(std::make_unique<asio::steady_timer>(
          context_, over * static_cast<long>(i) / static_cast<long>(times)));
      starts.back()->async_wait([this, probe](auto) { begin(named(probe)); });
    }
    context_.restart();
    context_.run();
    return passed_;
  }
  asio::io_context& context() { return context_; }

 private:
  std::shared_ptr<const config::Probe> named(const std::string& name) const {
    for (const auto& probe : config_->probes) {
      if (config::full_name(*probe) == name) return probe;
    }
    throw std::runtime_error("no probe " + name);
  }
  void begin(const std::shared_ptr<const config::Probe>& probe) {
    if (left_ == 0) return;
    --left_;
    probes::RunContext world(*transport_, clock_, canary_, *config_->redactor);
    asio::co_spawn(context_, probes::run(probe, world),
                   [this, probe](const std::exception_ptr& error, const probes::Outcome& outcome) {
                     if (error) std::rethrow_exception(error);
                     if (outcome.verdict == Verdict::pass) {
                       ++passed_;
                     } else if (complaints_++ < 3) {
                       std::fprintf(stderr, "%s\n", outcome.message.c_str());
                     }
                     begin(probe);
                   });
  }

  std::shared_ptr<const config::Config> config_;
  asio::io_context context_{1};
  SystemClock clock_;
  std::unique_ptr<probes::Transport> transport_;
  probes::NetworkCheck canary_;
  std::size_t left_ = 0;
  std::size_t passed_ = 0;
  int complaints_ = 0;
};

struct Bench {
  const PageServer& server;
  std::filesystem::path folder;
  std::filesystem::path authority;
  std::shared_ptr<const config::Config> config;
  std::size_t http_probes;
  std::size_t https_probes;

  Cost runs(const std::string& probe, std::size_t times) const {
    return measure(prober_processor, [&](const std::function<void()>& ready) {
      Prober prober(config);
      prober.run(probe, 20, runs_at_once);
      ready();
      return prober.run(probe, times, runs_at_once) == times ? times : std::size_t{0};
    });
  }
  Cost bare(bool https, std::size_t times) const {
    return measure(prober_processor, [&](const std::function<void()>& ready) {
      const std::string file = authority.string();
      return bare_loop(https ? server.https_port() : server.http_port(),
                       https ? file.c_str() : nullptr, times, ready);
    });
  }
};

void row(const char* what, const std::optional<Cost>& cost) {
  if (!cost) {
    std::printf("%-44s not installed\n", what);
    return;
  }
  std::printf("%-44s %9.1f us %10.0f /s\n", what, cost->cpu_us, cost->per_second);
}

void verdict(const char* what, double value, double goal) {
  std::printf("  %-58s %6.2f  goal <= %.2f  %s\n", what, value, goal,
              value <= goal ? "reached" : "MISSED");
}

void ratio(const char* what, const Cost& ours, const std::optional<Cost>& theirs, double goal) {
  if (!theirs) return;
  verdict(what, ours.cpu_us / theirs->cpu_us, goal);
}

void http(const Bench& bench) {
  const Cost ours = bench.runs("http/page", bench.http_probes);
  const Cost bare = bench.bare(false, bench.http_probes);
  const auto ab = apache_bench(prober_processor, bench.server.http(), bench.http_probes);
  const auto blackbox = blackbox_exporter(prober_processor, bench.folder, bench.authority,
                                          bench.server.http(), page_text, bench.http_probes / 5);
  const Cost journey = bench.runs("http/journey", bench.http_probes / 2);
  const Cost product = bench.runs("http/product", bench.http_probes);
  const Cost storefront = bench.runs("http/storefront", bench.http_probes);
  std::printf(
      "\nHTTP, a page of 50 KB, a connection each: CPU per probe, probes per second and core\n");
  row("tillwatch, whole runs with expectations", ours);
  row("bare blocking loop", bare);
  row("ab", ab);
  row("prometheus-blackbox-exporter", blackbox);
  row("tillwatch, journey of three steps", journey);
  row("tillwatch, a product page as type http", product);
  row("tillwatch, the same as type storefront", storefront);
  ratio("to blackbox_exporter", ours, blackbox, 1.0 / 6);
  ratio("to ab", ours, ab, 1.6);
  ratio("journey to one step", journey, ours, 1.9);
  ratio("storefront to the same page as http", storefront, product, 2);
}

void https(const Bench& bench) {
  const Cost ours = bench.runs("https/page", bench.https_probes);
  const Cost bare = bench.bare(true, bench.https_probes);
  const auto blackbox = blackbox_exporter(prober_processor, bench.folder, bench.authority,
                                          bench.server.https(), page_text, bench.https_probes / 2);
  const Cost journey = bench.runs("https/journey", bench.https_probes);
  std::printf("\nHTTPS, verified, a full handshake each\n");
  row("tillwatch, whole runs with expectations", ours);
  row("bare blocking OpenSSL loop", bare);
  row("prometheus-blackbox-exporter", blackbox);
  row("tillwatch, journey of three steps", journey);
  ratio("to the bare OpenSSL loop", ours, bare, 1.2);
  ratio("to blackbox_exporter", ours, blackbox, 1.0);
  ratio("journey to one step", journey, ours, 1.15);
}

void memory(const Bench& bench, std::size_t in_flight) {
  double held = 0;
  const Cost cost = measure(prober_processor, [&](const std::function<void()>& ready) {
    Prober prober(bench.config);
    prober.run("https/page", 20, runs_at_once);
    const double before = resident_mb();
    asio::steady_timer timer(prober.context(), std::chrono::seconds(9));
    timer.async_wait([&](boost::system::error_code) {
      held = resident_mb();
      std::printf(
          "\nMemory, %zu HTTPS runs in flight, begun within 5 s, waiting for the first byte\n"
          "  resident before %.1f MB, with them %.1f MB\n",
          in_flight, before, held);
      verdict("MB resident with all in flight", held, 90);
      std::fflush(stdout);
    });
    ready();
    const std::size_t passed = prober.run_spread("https/hold", in_flight, std::chrono::seconds(5));
    std::printf("  %zu of them passed\n", passed);
    std::fflush(stdout);
    return passed;
  });
  std::printf("  %.1f MB at its highest, when all pages come within a second\n", cost.resident_mb);
}

struct Options {
  bool quick = false;
  std::string only;
  std::size_t in_flight = 1000;
};

void run_all(const Options& options) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const tests::ScratchFolder folder;
  const tests::Authority authority;
  const tests::KeyPair shown = authority.issue();
  const PageServer server(shown.certificate, shown.key, server_processor);
  const auto file = folder.write("ca.pem", authority.certificate());
  const Bench bench{server,
                    folder.path(),
                    file,
                    configuration(server, file),
                    options.quick ? std::size_t{2000} : std::size_t{20000},
                    options.quick ? std::size_t{400} : std::size_t{4000}};
  const auto wanted = [&](const char* what) {
    return options.only.empty() || options.only == what;
  };
  if (wanted("http")) http(bench);
  std::fflush(stdout);
  if (wanted("https")) https(bench);
  std::fflush(stdout);
  if (wanted("memory")) memory(bench, options.in_flight);
}

Options parse(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool has_value = i + 1 < words.size();
    if (words[i] == "--quick") {
      options.quick = true;
    } else if (words[i] == "--only" && has_value) {
      options.only = words[++i];
    } else if (words[i] == "--in-flight" && has_value) {
      options.in_flight = std::stoul(words[++i]);
    } else {
      throw std::runtime_error("unknown option " + words[i]);
    }
  }
  return options;
}

}  // namespace
}  // namespace tillwatch::bench

int main(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);  // as the program does
  mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
  using namespace tillwatch::bench;
  try {
    run_all(parse(std::vector<std::string>(argv + 1, argv + argc)));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_probes: %s\n", error.what());
    return 1;
  }
}
