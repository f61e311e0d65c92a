#include "pg/connection_string.hpp"

#include "pg/connection.hpp"
#include "pg/error.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

// libpq reads a piece of each password as something else. The pieces are Piece1 and Piece2.
const std::string misread[] = {
  "postgresql://u:Piece1@Piece2@127.0.0.1:1/db",
  "postgresql://u:Piece1/Piece2@127.0.0.1:1/db",
  "postgresql://u:1/Piece2@127.0.0.1:1/db",
  "postgresql://u:Piece1?Piece2/x@127.0.0.1:1/db",
  "postgresql://u:Piece1:Piece2",
  "postgres://u:Piece1#/Piece2@127.0.0.1/db",
  "postgresql://u:Piece1%zzPiece2@127.0.0.1:1/db",
  "postgresql://u:Piece1@127.0.0.1:Piece2/db",
  "mysql://u:Piece1@Piece2/db",
  "u:Piece1@Piece2/db",
  "u:Piece1=Piece2@127.0.0.1/db",
  "host=127.0.0.1 port=1 password=Piece1 Piece2",
  "host=127.0.0.1 port=1 password='Piece1 Piece2",
  "host=127.0.0.1 port=1 password='Piece1'Piece2",
};

const std::string good[] = {
  "",
  "nova",
  "postgresql://",
  "postgresql:///nova?host=/tmp/here",
  "postgresql://u:p%40ss@127.0.0.1:5432/db?sslmode=require",
  "postgres://u:p#a:b?c@[::1]:5432,other:5433/db",
  "host=/tmp/here dbname=nova password='a b@c/d:e'",
};

} // namespace

BOOST_AUTO_TEST_SUITE(connection_string_test)

BOOST_DATA_TEST_CASE(no_piece_of_a_password_is_in_the_error, boost::unit_test::data::make(misread),
                     text) {
  BOOST_TEST(pg::connection_string_fault(text).has_value());
  try {
    pg::connection conn{text};
    BOOST_ERROR("connected");
  } catch (const pg::error& failure) {
    std::string said = failure.what();
    BOOST_TEST(said.find("Piece") == std::string::npos, said);
    BOOST_TEST(said.find("cannot be read") != std::string::npos, said);
  }
}

BOOST_DATA_TEST_CASE(what_libpq_reads_as_it_is_meant_is_taken, boost::unit_test::data::make(good),
                     text) {
  BOOST_TEST(!pg::connection_string_fault(text).has_value());
}

BOOST_AUTO_TEST_CASE(the_way_to_a_server_is_local_verified_or_neither) {
  auto way = [](const std::string& text) { return pg::way_to_server(text).value(); };
  BOOST_TEST(way("postgresql:///nova?host=/tmp/here").local);
  BOOST_TEST(way("postgresql://u:p@127.0.0.1,[::1]/db").local);
  BOOST_TEST(!way("postgresql://u:p@127.0.0.1,db.example.com/db").local);
  BOOST_TEST(!way("host=127.0.0.1.example.com").local);
  BOOST_TEST(way("postgresql://u:p@db.example.com/db").sslmode == "prefer");
  BOOST_TEST(!way("postgresql://u:p@db.example.com/db?sslmode=require").verified);
  BOOST_TEST(way("postgresql://u:p@db.example.com/db?sslmode=verify-full").verified);
}

BOOST_AUTO_TEST_SUITE_END()
