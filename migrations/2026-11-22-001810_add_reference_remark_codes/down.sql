-- Only the rows that up.sql adds; an organization's own remarks stay.

delete from remark_code_library
where remark_code in (
    'M15', 'M20', 'M25', 'M26', 'M50', 'M51', 'M52', 'M53', 'M60', 'M62', 'M64', 'M76', 'M77', 'M79', 'M80', 'M81',
    'M86', 'M97', 'M119', 'M127', 'M144', 'MA01', 'MA02', 'MA04', 'MA07', 'MA13', 'MA18', 'MA27', 'MA36', 'MA61',
    'MA63', 'MA67', 'MA83', 'MA92', 'MA112', 'MA114', 'MA120', 'MA130', 'N4', 'N20', 'N29', 'N30', 'N56', 'N95', 'N115',
    'N130', 'N180', 'N185', 'N210', 'N211', 'N257', 'N265', 'N286', 'N290', 'N350', 'N362', 'N381', 'N382', 'N386',
    'N418', 'N425', 'N428', 'N430', 'N435', 'N479', 'N517', 'N519', 'N522', 'N706', 'N822'
);
