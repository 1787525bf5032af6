DROP TABLE sparse;
