#include "apps/kerf-updater/options.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <vector>

#include "agent/boot.h"

namespace kerf::updater {

namespace {

// Takes 65536, 64K, 64KiB, 1G and so on; K is 1024.
void add_size(CLI::App& app, const char* name, std::uint64_t& value, const char* help) {
  static const CLI::Validator as_size = CLI::AsSizeValue(false).description("");
  app.add_option(name, value, help)->transform(as_size)->type_name("SIZE");
}

// "apk=/usr/bin/install-apk"
void add_handlers(CLI::App& app, Device& device) {
  app.add_option_function<std::vector<std::string>>(
         "--handler",
         [&device](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             const std::size_t equals = text.find('=');
             if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
               throw CLI::ValidationError("--handler: " + text + " is not TYPE=PROGRAM");
             }
             device.handlers[text.substr(0, equals)] = text.substr(equals + 1);
           }
         },
         "Installs packages of TYPE (apk, ttpkg, zip; * for all others)")
      ->type_name("TYPE=PROGRAM");
}

// At the top, so that one configuration file serves all commands.
void define_device(CLI::App& app, Device& device) {
  app.add_option("--data", device.data, "Folder for state, downloads and staging")
      ->required()
      ->type_name("FOLDER");
  app.add_option("--sources", device.sources,
                 "Folder of stored packages (default: diff-update-sources in the data folder)")
      ->type_name("FOLDER");
  add_handlers(app, device);
  app.add_option("--zip-root", device.zip_root, "ZIP packages are unpacked below this folder")
      ->type_name("FOLDER");
  app.add_option("--reboot-program", device.reboot_program, "Restarts the device")
      ->type_name("PROGRAM");
  app.add_option("--boot-id-file", device.boot_id_file, "Another text after each restart")
      ->type_name("FILE")
      ->default_val(agent::kernel_boot_id);
  app.add_option("--hw-id", device.hardware_id, "The value of {hw-id} in paths")->type_name("TEXT");
  app.add_option("--device-key", device.device_key, "Lists must be signed; this RSA key decides")
      ->type_name("FILE");
  app.add_option("--least-key-bits", device.least_key_bits, "Refuse shorter RSA keys")
      ->type_name("N")
      ->check(CLI::Range(1024U, 8192U))
      ->default_val(2048);
  app.add_option("--ca-file", device.ca_file, "Certificates that servers must be vouched for by")
      ->type_name("FILE");
  app.add_option("--client-cert", device.client_certificate, "Certificate shown to servers")
      ->type_name("FILE");
  app.add_option("--client-key", device.client_key, "Its key, if not in the same file")
      ->type_name("FILE");
  app.add_flag("--https-only", device.https_only, "Refuse http://");
  app.add_flag("--accept-unchecked", device.accept_unchecked,
               "Install what a delta made although nothing can check it");
  device.memory = std::uint64_t{64} << 20;
  device.max_download = std::uint64_t{4} << 30;
  add_size(app, "--memory", device.memory, "Memory for applying a delta (default 64M)");
  add_size(app, "--max-download", device.max_download,
           "Largest package, packed or unpacked (default 4G)");
  app.add_option("--attempts", device.attempts, "Downloads: attempts without any progress")
      ->type_name("N")
      ->check(CLI::Range(1U, 1000U))
      ->default_val(4);
  app.add_option("--retry-wait", device.retry_wait_ms, "Milliseconds before the second attempt")
      ->type_name("MS")
      ->check(CLI::Range(0U, 60000U))
      ->default_val(1000);
  app.add_option("--timeout", device.timeout_seconds, "A server may be silent for so long")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 86400U))
      ->default_val(60);
  app.add_option("--handler-timeout", device.handler_seconds, "A handler may take so long")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 86400U))
      ->default_val(600);
  app.add_option("--lock-wait", device.lock_seconds, "Wait so long for another run to finish")
      ->type_name("SECONDS")
      ->check(CLI::Range(0U, 86400U))
      ->default_val(10);
}

void define_manner(CLI::App& app, Manner& manner) {
  app.add_flag("-q,--quiet", manner.quiet, "Say nothing but errors");
  app.add_flag("--json", manner.json, "Print one JSON object a line on standard output");
  app.add_flag_callback(
      "--no-progress", [&manner] { manner.progress = false; },
      "Draw no progress bar, even on a terminal");
}

Parsed shown(const std::string& text) {
  const bool printed = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  return {{}, printed ? exit_done : exit_failed};
}

}  // namespace

Parsed parse(int argc, const char* const* argv) {
  CLI::App app("Keeps the packages of a device up to date, by deltas where possible.",
               "kerf-updater");
  app.footer("Exit status: 0 done, 1 failed, 2 wrong usage. The manual: man kerf-updater");
  app.set_version_flag("--version", "kerf-updater " KERF_VERSION, "Print the version");
  app.set_config("--config", "", "Read options from this file (name = value, one a line)")
      ->type_name("FILE");
  // A mistyped name must not leave a device without its key.
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.require_subcommand(1, 1);
  app.fallthrough();

  Manner manner;
  Device device;
  define_manner(app, manner);
  define_device(app, device);
  std::string where;
  const CLI::App& bootstrap =
      *app.add_subcommand("bootstrap", "Remember where update-locations is, then run");
  app.get_subcommand("bootstrap")
      ->add_option("WHERE", where, "URL, file or folder (SD card, USB stick)")
      ->required()
      ->type_name("");
  const CLI::App& run_app = *app.add_subcommand("run", "Bring all packages up to date");
  const CLI::App& check = *app.add_subcommand("check", "Tell what run would do; changes nothing");
  app.add_subcommand("status", "Tell what is installed and what is under way");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return shown(app.help());
  } catch (const CLI::CallForVersion& version) {
    return shown(std::string(version.what()) + "\n");
  } catch (const CLI::Error& error) {
    std::fprintf(stderr, "kerf-updater: %s (see kerf-updater --help)\n", error.what());
    return {{}, exit_usage};
  }
  manner.progress = manner.progress && !manner.quiet && !manner.json;
  if (bootstrap.parsed()) {
    return {Bootstrap{manner, device, where}, exit_done};
  }
  if (run_app.parsed()) {
    return {Run{manner, device}, exit_done};
  }
  if (check.parsed()) {
    return {Check{manner, device}, exit_done};
  }
  return {Status{manner, device}, exit_done};
}

}  // namespace kerf::updater
