#include <algorithm>
#include <thread>

#include "apps/kerf/options_common.h"
#include "trust/rsa.h"

namespace kerf::cli {

namespace {

void add_key_bits(CLI::App& command, unsigned& bits) {
  bits = trust::safe_rsa_bits;
  command.add_option("--min-key-bits", bits, "Refuse RSA keys of fewer bits (default 2048)")
      ->check(CLI::Range(512U, 8192U).description(""))
      ->type_name("N");
}

CLI::App& add_package_list(CLI::App& command, const char* summary) {
  command.require_subcommand(1);
  return *command.add_subcommand("package-list", summary);
}

void define_content(CLI::App& command, Publish& publish) {
  command
      .add_option("REPOSITORY", publish.repository,
                  "The folder that is published; made if it is missing")
      ->required()
      ->type_name("");
  command
      .add_option("FILE", publish.files,
                  "Packages (.apk, .ttpkg, .zip) to add, oldest first; the last of a name becomes "
                  "the current version")
      ->type_name("");
  command.add_option("--name", publish.name, "Name of the package, if FILE does not say it")
      ->type_name("NAME");
  command.add_option("--package-version", publish.version, "Its version, likewise")
      ->type_name("VERSION");
  command.add_option("--list", publish.list, "Name of the package list (default package-list)")
      ->type_name("NAME");
  command.add_flag("--reboot", publish.reboot, "Devices restart after installing these packages");
  command
      .add_option("--exclude", publish.exclude,
                  "Drop this package of lists that stand before this one (may be repeated)")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  command
      .add_option("--remove", publish.remove, "Take this package out of the list (may be repeated)")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  command
      .add_option("--join", publish.join,
                  "Name this other package list, too, before ours, in update-locations (may be "
                  "repeated)")
      ->type_name("PLACE")
      ->expected(1)
      ->take_all();
}

void define_deltas(CLI::App& command, Publish& publish) {
  command
      .add_option("--keep", publish.keep,
                  "Make deltas from that many other versions, the latest ones (default 4)")
      ->check(CLI::Range(std::size_t{0}, std::size_t{100000}).description(""))
      ->type_name("N");
  command
      .add_option("--from", publish.from, "Make deltas from exactly this version (may be repeated)")
      ->type_name("VERSION")
      ->expected(1)
      ->take_all()
      ->excludes("--keep");
  command.add_flag_callback(
      "--no-path", [&publish] { publish.full = false; },
      "Give devices no way to the whole package, only to deltas");
  command.add_flag_callback(
      "--no-diff", [&publish] { publish.diff = false; }, "Offer no deltas");
  command.add_flag_callback(
      "--plain", [&publish] { publish.facts = false; },
      "Leave out sizes and hashes, which devices of other makers ignore");
}

}  // namespace

void define(CLI::App& family, Publish& publish) {
  CLI::App& command =
      add_package_list(family, "Make or update package lists with deltas for the Software Updater");
  define_content(command, publish);
  define_deltas(command, publish);
  command
      .add_option("--sign-key", publish.key_path,
                  "Sign the lists with this RSA private key in PEM form")
      ->type_name("FILE");
  command
      .add_option("--device-key", publish.device_key_path,
                  "Sign the list of keys with this one: devices hold its public half")
      ->type_name("FILE");
  command
      .add_option("--key-name", publish.key_name,
                  "File name for the public half of --sign-key (default customer.key)")
      ->type_name("NAME");
  add_key_bits(command, publish.least_key_bits);
  publish.memory = physical_memory();
  add_size(command, "--memory", publish.memory,
           "Most memory to take beyond the packages (default: what the machine has)");
  publish.threads = std::max(1U, std::thread::hardware_concurrency());
  command
      .add_option("--threads", publish.threads,
                  "Deltas to make at a time (default: one per core); they do not depend on it")
      ->check(CLI::Range(1U, 1024U).description(""))
      ->type_name("N");
  add_progress(command, publish.manner);
  add_manner(command, publish.manner);
}

void define(CLI::App& family, Lint& lint) {
  CLI::App& command =
      add_package_list(family, "Check package lists, packages, deltas and signatures");
  command.add_option("TARGET", lint.target, "A folder with update-locations, or one package list")
      ->required()
      ->type_name("");
  command
      .add_option("--device-key", lint.device_key_path,
                  "Verify the list of keys with this RSA public key (DER or PEM)")
      ->type_name("FILE");
  add_key_bits(command, lint.least_key_bits);
  command.add_flag("--strict", lint.strict, "Fail on warnings, too");
  add_progress(command, lint.manner);
  add_manner(command, lint.manner);
}

void check(Publish& publish) {
  if ((publish.name || publish.version) && publish.files.size() != 1) {
    refuse("--name and --package-version are about one FILE: give exactly one");
  }
  if (!publish.full && !publish.diff) {
    refuse("--no-path and --no-diff together leave no way to the package");
  }
  if (publish.device_key_path && !publish.key_path) {
    refuse("--device-key signs the list of keys: give the key for the lists, too (--sign-key)");
  }
}

void check(Lint&) {}

}  // namespace kerf::cli
