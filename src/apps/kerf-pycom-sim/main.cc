// kerf-pycom-sim: a Pycom board in a file, driven from the shell.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <new>
#include <string>

#include "apps/kerf-pycom-sim/commands.h"
#include "io/file.h"

namespace kerf::pycom_sim {

namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

struct Arguments {
  std::string state;
  Settings settings;
  std::string firmware;
  std::string slot = "factory";
  Download download;
  std::uint64_t operations = 0;
  std::uint64_t seed = 1;
  bool json = false;
  std::string what;
  std::string output;
};

using Action = std::function<Result<bool>()>;

template <class T>
CLI::Option* optional_option(CLI::App& app, const char* name, std::optional<T>& value,
                             const char* help) {
  return app.add_option_function<T>(
      name, [&value](const T& given) { value = given; }, help);
}

void add_settings(CLI::App& app, Settings& settings) {
  optional_option(app, "--mode", settings.mode, "Updater of the firmware: stock (as fielded), kerf")
      ->check(CLI::IsMember({"stock", "kerf"}).description(""))
      ->type_name("MODE");
  optional_option(app, "--psram", settings.psram,
                  "Bytes of PSRAM, 0 for none (default: 4194304 on 8mb, 0 on 4mb boards)")
      ->type_name("BYTES");
  optional_option(app, "--diff-update", settings.diff_update,
                  "DIFF_UPDATE_ENABLED of the build: 1 (default) or 0")
      ->type_name("0|1");
  optional_option(app, "--public-key", settings.public_key,
                  "Kerf mode: accept only patches signed by this Ed25519 key; '' for none")
      ->type_name("FILE");
}

// Defines all commands; the chosen one stores what is to be done.
void define(CLI::App& app, Arguments& given, Action& action) {
  app.require_subcommand(1);
  app.add_option("--state", given.state, "The file that holds the board")
      ->required()
      ->type_name("FILE");

  CLI::App* init_command = app.add_subcommand("init", "Make a board that runs FIRMWARE");
  add_settings(*init_command, given.settings);
  optional_option(*init_command, "--board", given.settings.board, "8mb (default) or 4mb")
      ->check(CLI::IsMember({"8mb", "4mb"}).description(""))
      ->type_name("SIZE");
  init_command->add_flag_callback(
      "--encrypted", [&given] { given.settings.encrypted = true; }, "With flash encryption");
  init_command->add_option("--slot", given.slot, "Where it is put: factory (default) or ota_0")
      ->check(CLI::IsMember({"factory", "ota_0"}).description(""))
      ->type_name("SLOT");
  init_command->add_option("FIRMWARE", given.firmware, "The application image")
      ->required()
      ->type_name("");
  init_command->callback([&] {
    action = [&] { return init(given.state, given.settings, given.firmware, given.slot); };
  });

  CLI::App* set_command = app.add_subcommand("set", "Change the firmware or the hardware");
  add_settings(*set_command, given.settings);
  set_command->callback([&] { action = [&] { return set(given.state, given.settings); }; });

  CLI::App* download_command =
      app.add_subcommand("download", "pycom.ota_start(), ota_write() and ota_finish() with FILE");
  download_command->add_option("FILE", given.download.path, "A patch or an image")
      ->required()
      ->type_name("");
  download_command->add_option("--chunk", given.download.chunk, "Bytes a write (default 50)")
      ->check(CLI::Range(1, 65536).description(""))
      ->type_name("BYTES");
  download_command
      ->add_option_function<std::size_t>(
          "--drop-after", [&given](std::size_t most) { given.download.drop_after = most; },
          "The connection breaks after so many bytes, and ota_finish() is called all the same, "
          "as the FTP server does")
      ->type_name("BYTES");
  download_command->callback(
      [&] { action = [&] { return download(given.state, given.download); }; });

  app.add_subcommand("reset", "Switch on, or restart")->callback([&] {
    action = [&] { return reset(given.state); };
  });
  app.add_subcommand("power-off", "Pull the plug")->callback([&] {
    action = [&] { return power_off(given.state); };
  });

  CLI::App* cut_command =
      app.add_subcommand("power-cut-after", "Let N more flash operations happen, then cut power");
  cut_command->add_option("N", given.operations, "Programs and erases")->required()->type_name("");
  cut_command
      ->add_option("--seed", given.seed,
                   "How the operation that is cut is left behind; 0: it has not begun (default 1)")
      ->type_name("S");
  cut_command->callback(
      [&] { action = [&] { return power_cut_after(given.state, given.operations, given.seed); }; });

  app.add_subcommand("repl", "Run lines of standard input on the board's REPL")->callback([&] {
    action = [&] { return repl(given.state); };
  });

  CLI::App* status_command = app.add_subcommand("status", "Show what there is to know");
  status_command->add_flag("--json", given.json, "Print one JSON object");
  status_command->callback([&] { action = [&] { return status(given.state, given.json); }; });

  CLI::App* dump_command = app.add_subcommand("dump", "Write flash content to a file");
  dump_command->add_option("WHAT", given.what, "flash, factory or ota_0")
      ->required()
      ->check(CLI::IsMember({"flash", "factory", "ota_0"}).description(""))
      ->type_name("");
  dump_command->add_option("FILE", given.output, "Replaced if it exists")
      ->required()
      ->type_name("");
  dump_command->callback(
      [&] { action = [&] { return dump(given.state, given.what, given.output); }; });
}

}  // namespace

}  // namespace kerf::pycom_sim

int main(int argc, char** argv) {
  namespace pycom_sim = kerf::pycom_sim;
  kerf::io::remove_temporaries_on_signal();
  pycom_sim::Arguments given;
  pycom_sim::Action action;
  CLI::App app("A Pycom board in a file: flash, bootloader, updater and console.",
               "kerf-pycom-sim");
  try {
    pycom_sim::define(app, given, action);
    app.set_version_flag("--version", "kerf-pycom-sim (kerf) " KERF_VERSION);
    app.parse(argc, argv);
    const kerf::Result<bool> worked = action();
    if (!worked) {
      std::fprintf(stderr, "kerf-pycom-sim: %s\n", worked.error().text().c_str());
      return pycom_sim::exit_failed;
    }
    return *worked ? 0 : pycom_sim::exit_failed;
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::fprintf(
        stderr, "kerf-pycom-sim: %s\nusage: kerf-pycom-sim --state FILE COMMAND ... (see --help)\n",
        error.what());
    return pycom_sim::exit_usage;
  } catch (const std::bad_alloc&) {
    std::fputs("kerf-pycom-sim: out of memory\n", stderr);
    return pycom_sim::exit_failed;
  }
}
