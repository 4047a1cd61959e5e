drop view classified_denials;
