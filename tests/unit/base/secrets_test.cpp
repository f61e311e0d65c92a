#include "base/secrets.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

using namespace nova;

namespace {

struct folder {
  folder() {
    std::string made = (std::filesystem::temp_directory_path() / "nova-secrets-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(made.data()) != nullptr);
    path = made;
  }

  ~folder() {
    std::filesystem::remove_all(path);
  }

  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    auto file = path + '/' + name;
    std::ofstream{file, std::ios::binary} << text;
    return file;
  }

  std::string path;
};

constexpr const char* bad_names[] = {"", ".", "..", ".hidden", "-x", "a/b", "a b", "a\nb", "é"};

} // namespace

BOOST_AUTO_TEST_SUITE(secrets_test)

BOOST_AUTO_TEST_CASE(the_variable_counts_before_its_file_and_that_before_the_directory) {
  folder at;
  auto named = at.write("named", "of the file\n");
  (void)at.write("pay-hook.v1", "of the directory\r\n");
  std::map<std::string, std::string> variables{{"NOVA_SECRET_PAY_HOOK_V1", "of the variable"},
                                               {"NOVA_SECRET_PAY_HOOK_V1_FILE", named}};
  auto find = [&] { return base::secrets{variables, at.path}.find("pay-hook.v1").value(); };

  BOOST_TEST(find() == "of the variable");
  variables["NOVA_SECRET_PAY_HOOK_V1"] = "";
  BOOST_TEST(find() == "of the file", "an empty variable is none");
  variables.clear();
  BOOST_TEST(find() == "of the directory");
}

BOOST_AUTO_TEST_CASE(a_file_that_changed_is_read_again) {
  folder at;
  (void)at.write("key", "first\n");
  base::secrets secrets{{}, at.path};
  BOOST_TEST(secrets.find("key").value() == "first");

  // As Kubernetes and careful people do: another file takes the name.
  auto next = at.write("next", "other\n");
  std::filesystem::rename(next, at.path + "/key");
  BOOST_TEST(secrets.find("key").value() == "other");

  // In place, of the same length, at another time.
  auto file = at.write("key", "third\n");
  timespec times[2] = {{1, 0}, {1, 0}};
  BOOST_REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
  BOOST_TEST(secrets.find("key").value() == "third");

  std::filesystem::remove(file);
  BOOST_TEST(!secrets.find("key"));
}

BOOST_AUTO_TEST_CASE(a_file_that_did_not_change_is_not_read) {
  folder at;
  auto file = at.write("key", "first\n");
  auto long_ago = [&] {
    timespec times[2] = {{1, 0}, {1, 0}};
    BOOST_REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
  };
  long_ago();
  base::secrets secrets{{}, at.path};
  BOOST_TEST(secrets.find("key").value() == "first");

  (void)at.write("key", "other\n");
  long_ago(); // the same inode, size and time: nobody can tell

  BOOST_TEST(secrets.find("key").value() == "first");
}

BOOST_AUTO_TEST_CASE(a_missing_one_says_where_it_was_looked_for) {
  folder at;
  auto text = to_string(base::secrets{{}, at.path}.find("pay-hook").error());
  for (const auto& part : {std::string{"'pay-hook'"}, std::string{"NOVA_SECRET_PAY_HOOK,"},
                           std::string{"NOVA_SECRET_PAY_HOOK_FILE"}, "'" + at.path + "/pay-hook'",
                           std::string{"NOVA_SECRETS_DIR"}})
    BOOST_TEST(text.find(part) != std::string::npos, text);
  text = to_string(base::secrets{{}, ""}.find("pay-hook").error());
  BOOST_TEST(text.find("NOVA_SECRETS_DIR is not set") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(a_file_that_a_variable_names_and_that_is_bad_is_not_passed_over) {
  folder at;
  (void)at.write("key", "of the directory");
  base::secrets secrets{{{"NOVA_SECRET_KEY_FILE", at.path + "/absent"}}, at.path};

  auto found = secrets.find("key");

  BOOST_REQUIRE(!found);
  BOOST_TEST(to_string(found.error()).find("/absent") != std::string::npos);
}

BOOST_DATA_TEST_CASE(a_name_that_could_lead_elsewhere_is_none,
                     boost::unit_test::data::make(bad_names), name) {
  folder at;
  BOOST_TEST(!base::is_secret_name(name));
  BOOST_TEST(!base::secrets({{"NOVA_SECRET_", "x"}}, at.path).find(name));
}

BOOST_AUTO_TEST_CASE(a_name_has_at_most_64_characters) {
  BOOST_TEST(base::is_secret_name(std::string(64, 'a')));
  BOOST_TEST(!base::is_secret_name(std::string(65, 'a')));
  BOOST_TEST(base::is_secret_name("A-z_0.9"));
}

BOOST_AUTO_TEST_CASE(only_the_line_end_at_the_end_of_a_file_is_no_part_of_it) {
  folder at;
  BOOST_TEST(base::read_secret_file(at.write("a", "x\n")).value() == "x");
  BOOST_TEST(base::read_secret_file(at.write("b", "x\r\n")).value() == "x");
  BOOST_TEST(base::read_secret_file(at.write("c", " x \n\n")).value() == " x \n");
  BOOST_TEST(base::read_secret_file(at.write("d", "x")).value() == "x");
}

BOOST_AUTO_TEST_CASE(what_is_no_secrets_file_is_refused_without_a_word_of_it) {
  folder at;
  auto pipe = at.path + "/pipe";
  BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  struct {
    std::string path, reason;
  } rows[] = {{at.path + "/absent", "cannot be read"},
              {at.path, "regular"},
              {pipe, "regular"},
              {at.write("empty", "\n"), "is empty"},
              {at.write("large", std::string(base::secret_bytes_max + 1, 'x')), "larger than"},
              {at.write("binary", std::string{"canary\0", 7}), "zero byte"}};
  for (const auto& [path, reason] : rows) {
    auto text = to_string(base::read_secret_file(path).error());
    BOOST_TEST(text.find(path) != std::string::npos, text);
    BOOST_TEST(text.find(reason) != std::string::npos, text);
    BOOST_TEST(text.find("canary") == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
