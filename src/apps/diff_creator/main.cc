// diff_creator source.bin target.bin patch.bin
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <new>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/common/progress.h"
#include "apps/common/text.h"
#include "apps/diff_creator/create.h"
#include "io/file.h"
#include "sim/pycom/psram.h"

namespace kerf::diff_creator {

namespace {

using apps::grouped;
using Json = nlohmann::ordered_json;

constexpr int exit_done = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

struct Manner {
  bool quiet = false;
  bool json = false;
};

std::string levels_text(const pycom::PatchNeed& need) {
  return fmt::format("{},{},{}", need.levels[0], need.levels[1], need.levels[2]);
}

std::string as_text(const Options& options, const Created& created) {
  std::string text = fmt::format(
      "{}: {} bytes, {} of {}; bzip2 levels {}\n"
      "the device needs {} bytes of PSRAM to apply it\n",
      options.patch_path, grouped(created.patch_size),
      apps::percent(created.patch_size, created.target_size), options.target_path,
      levels_text(created.need), grouped(created.need.psram));
  if (created.measured_psram) {
    text += "applied and compared; the device model has downloaded it, restarted and patched\n";
    if (!created.kerf_updater_refuses.empty()) {
      text += fmt::format("note: the kerf updater would not take it: {}\n",
                          created.kerf_updater_refuses);
    }
  }
  for (const std::string& note : created.notes) {
    text += fmt::format("note: {}\n", note);
  }
  return text;
}

std::string as_json(const Options& options, const Created& created) {
  Json object{{"patch", options.patch_path},
              {"patch_size", created.patch_size},
              {"source_size", created.source_size},
              {"target_size", created.target_size},
              {"bzip2_levels", created.need.levels},
              {"psram", created.need.psram},
              {"board", pycom::layout_of(options.board).name},
              {"notes", created.notes},
              {"warnings", created.warnings},
              {"kerf_updater", created.measured_psram && created.kerf_updater_refuses.empty()}};
  if (created.measured_psram) {
    object["psram_measured"] = *created.measured_psram;
  }
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

int fail(const std::string& what, int exit_code, const Manner& manner) {
  std::fprintf(stderr, "diff_creator: %s\n", what.c_str());
  if (manner.json) {
    const Json object{{"error", what}};
    std::puts(object.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  }
  return exit_code;
}

int run(const Options& wanted, const Manner& manner) {
  for (const std::string* input : {&wanted.source_path, &wanted.target_path}) {
    if (io::same_file(*input, wanted.patch_path)) {
      return fail(wanted.patch_path + ": the patch would overwrite an input; name another file",
                  exit_usage, manner);
    }
  }
  apps::ProgressBar bar(!manner.quiet);
  Options options = wanted;
  options.observer = &bar;
  const auto created = create(options);
  bar.clear();
  if (!created) {
    const bool can_force =
        created.error().code() != Code::io && created.error().code() != Code::bug;
    return fail(created.error().text() + "; no patch was written" +
                    (can_force && !options.force ? " (--help names ways around some checks)" : ""),
                exit_failed, manner);
  }
  for (const std::string& warning : created->warnings) {
    std::fprintf(stderr, "diff_creator: warning: %s\n", warning.c_str());
  }
  const std::string text = manner.json ? as_json(options, *created) : as_text(options, *created);
  if ((!manner.quiet || manner.json) &&
      (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)) {
    return fail("standard output cannot be written; the patch is complete", exit_failed, manner);
  }
  return exit_done;
}

void define(CLI::App& app, Options& options, Manner& manner) {
  app.add_option("source.bin", options.source_path, "The firmware that runs on the device")
      ->required()
      ->type_name("");
  app.add_option("target.bin", options.target_path, "The firmware that is wanted")
      ->required()
      ->type_name("");
  app.add_option("patch.bin", options.patch_path, "Where to write the patch; replaced if it exists")
      ->required()
      ->type_name("");
  app.add_option_function<std::string>(
         "--board",
         [&options](const std::string& name) {
           options.board = name == "4mb" ? pycom::Board::flash_4mb : pycom::Board::flash_8mb;
         },
         "Flash size of the board: 8mb (default) or 4mb")
      ->check(CLI::IsMember({"8mb", "4mb"}).description(""))
      ->type_name("SIZE");
  app.add_flag("--trailer", options.trailer,
               "Append sizes and SHA-256 of both images; devices ignore it, the kerf updater "
               "checks it");
  app.add_option("--sign-key", options.key_path,
                 "Sign the trailer (implied) with this Ed25519 private key in PEM form")
      ->type_name("FILE");
  app.add_flag("--allow-any-target", options.allow_any_target,
               "Accept a target that is no ESP image or carries no SHA-256");
  app.add_flag("--force", options.force,
               "Write the patch although a device would not take it; says why it would not");
  app.add_flag("-q,--quiet", manner.quiet, "Say nothing but errors and warnings");
  app.add_flag("--json", manner.json, "Print one JSON object on standard output");
}

}  // namespace

}  // namespace kerf::diff_creator

int main(int argc, char** argv) {
  namespace diff_creator = kerf::diff_creator;
  kerf::io::remove_temporaries_on_signal();
  diff_creator::Options options;
  diff_creator::Manner manner;
  CLI::App app(
      "Makes a differential update file for Pycom devices: what turns the firmware "
      "source.bin into target.bin.",
      "diff_creator");
  try {
    diff_creator::define(app, options, manner);
    app.set_version_flag("--version", "diff_creator (kerf) " KERF_VERSION);
    app.parse(argc, argv);
    return diff_creator::run(options, manner);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "diff_creator: %s\nusage: diff_creator source.bin target.bin patch.bin\n",
                 error.what());
    return diff_creator::exit_usage;
  } catch (const std::bad_alloc&) {
    std::fputs("diff_creator: out of memory\n", stderr);
    return diff_creator::exit_failed;
  }
}
