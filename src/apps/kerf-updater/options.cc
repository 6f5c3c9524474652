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

template <class Text>
void add_text(CLI::App& app, const char* name, Text& value, const char* type, const char* help) {
  app.add_option(name, value, help)->type_name(type);
}

// From `least` to `most`; the present value is the default.
void add_number(CLI::App& app, const char* name, unsigned& value, const char* type, unsigned least,
                unsigned most, const char* help) {
  app.add_option(name, value, help)
      ->type_name(type)
      ->check(CLI::Range(least, most))
      ->capture_default_str();
}

// At the top, so that one configuration file serves all commands.
void define_device(CLI::App& app, Device& device) {
  app.add_option("--data", device.data, "Folder for state, downloads and staging")
      ->required()
      ->type_name("FOLDER");
  add_text(app, "--sources", device.sources, "FOLDER",
           "Folder of stored packages (default: diff-update-sources in the data folder)");
  add_handlers(app, device);
  add_text(app, "--zip-root", device.zip_root, "FOLDER",
           "ZIP packages are unpacked below this folder");
  add_text(app, "--reboot-program", device.reboot_program, "PROGRAM", "Restarts the device");
  device.boot_id_file = agent::kernel_boot_id;
  add_text(app, "--boot-id-file", device.boot_id_file, "FILE", "Another text after each restart");
  add_text(app, "--hw-id", device.hardware_id, "TEXT", "The value of {hw-id} in paths");
  add_text(app, "--device-key", device.device_key, "FILE",
           "Lists must be signed; this RSA key decides");
  add_number(app, "--least-key-bits", device.least_key_bits, "N", 1024, 8192,
             "Refuse shorter RSA keys");
  add_text(app, "--ca-file", device.ca_file, "FILE",
           "Certificates that servers must be vouched for by");
  add_text(app, "--client-cert", device.client_certificate, "FILE", "Certificate shown to servers");
  add_text(app, "--client-key", device.client_key, "FILE", "Its key, if not in the same file");
  app.add_flag("--https-only", device.https_only, "Refuse http://");
  app.add_flag("--accept-unchecked", device.accept_unchecked,
               "Install what a delta made although nothing can check it");
  device.memory = std::uint64_t{64} << 20;
  device.max_download = std::uint64_t{4} << 30;
  add_size(app, "--memory", device.memory, "Memory for applying a delta (default 64M)");
  add_size(app, "--max-download", device.max_download,
           "Largest package, packed or unpacked (default 4G)");
  add_number(app, "--attempts", device.attempts, "N", 1, 1000,
             "Downloads: attempts without any progress");
  add_number(app, "--retry-wait", device.retry_wait_ms, "MS", 0, 60'000,
             "Milliseconds before the second attempt");
  constexpr unsigned day = 86'400;
  add_number(app, "--timeout", device.timeout_seconds, "SECONDS", 1, day,
             "A server may be silent for so long");
  add_number(app, "--handler-timeout", device.handler_seconds, "SECONDS", 1, day,
             "A handler may take so long");
  add_number(app, "--lock-wait", device.lock_seconds, "SECONDS", 0, day,
             "Wait so long for another run to finish");
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
