drop table required_versions;
