-- The common claim adjustment codes. 65 is the only benchmark that is documented; every other rate comes
-- from the organization's own appeals. Texts are ours: the official ones are under copyright.

insert into denial_code_library (
    denial_code, category, appealable, recommended_action, benchmark_appeal_success_percentage,
    description, usual_resolution, prevention
)
values
    (
        'CO-4', 'coding_error', true, 'rebill', null,
        'Procedure and modifier do not agree, or a modifier is missing.',
        'Correct the modifier and send a replacement claim.',
        'Check modifiers against the coding rules before submission.'
    ),
    (
        'CO-5', 'coding_error', true, 'rebill', null,
        'Procedure or bill type does not fit the place of service.',
        'Correct the place of service or the code and rebill.',
        'Take the place of service from the encounter, not from a default.'
    ),
    (
        'CO-6', 'coding_error', true, 'rebill', null,
        'Procedure does not fit the age of the patient.',
        'Check the date of birth and the code, correct and rebill.',
        'Validate codes with an age limit against the registration.'
    ),
    (
        'CO-7', 'coding_error', true, 'rebill', null,
        'Procedure does not fit the sex on the payer''s file.',
        'Check the registration and the code, correct and rebill.',
        'Compare registration with the eligibility response.'
    ),
    (
        'CO-8', 'coding_error', true, 'rebill', null,
        'Procedure does not fit the specialty on the payer''s file.',
        'Correct the rendering provider or the taxonomy code and rebill.',
        'Keep taxonomy codes current with every payer.'
    ),
    (
        'CO-11', 'coding_error', true, 'rebill', null,
        'The diagnosis does not support the procedure.',
        'Review the note, correct diagnosis or pointer and rebill.',
        'Check diagnosis pointers at charge entry.'
    ),
    (
        'CO-15', 'authorization', true, 'appeal', null,
        'The authorization number is missing, wrong or for something else.',
        'Appeal with the approval letter, or correct the number.',
        'Store the authorization with its services and dates when it is granted.'
    ),
    (
        'CO-16', 'missing_info', true, 'rebill', null,
        'The claim lacks something or holds an error; the remark code says what.',
        'Read the remark code, complete the claim and rebill.',
        'Run claim edits before submission.'
    ),
    (
        'CO-19', 'coordination_of_benefits', true, 'rebill', null,
        'Work-related: another carrier has to pay.',
        'Bill the workers'' compensation carrier.',
        'Ask about accidents at registration.'
    ),
    (
        'CO-20', 'coordination_of_benefits', true, 'rebill', null,
        'A liability carrier has to pay.',
        'Bill the liability carrier first.',
        'Ask about accidents at registration.'
    ),
    (
        'CO-21', 'coordination_of_benefits', true, 'rebill', null,
        'A no-fault carrier has to pay.',
        'Bill the no-fault carrier first.',
        'Ask about accidents at registration.'
    ),
    (
        'CO-22', 'coordination_of_benefits', true, 'rebill', null,
        'Another payer comes first.',
        'Bill the primary payer, then this one with its remittance.',
        'Verify the order of coverage at each visit.'
    ),
    (
        'CO-24', 'coordination_of_benefits', true, 'rebill', null,
        'A capitated or managed care plan covers the service.',
        'Bill the managed care plan.',
        'Verify plan enrollment on the day of service.'
    ),
    (
        'CO-26', 'eligibility', true, 'investigate', null,
        'Service before the coverage began.',
        'Verify the dates of coverage; bill the coverage of that day.',
        'Verify eligibility before the visit.'
    ),
    (
        'CO-27', 'eligibility', true, 'investigate', null,
        'Service after the coverage ended.',
        'Verify the dates of coverage; bill the coverage of that day.',
        'Verify eligibility before the visit.'
    ),
    (
        'CO-29', 'timely_filing', true, 'appeal', null,
        'The claim came after the filing limit.',
        'Appeal with proof that it was sent in time, if there is one.',
        'Watch unbilled claims against each payer''s filing limit.'
    ),
    (
        'CO-31', 'eligibility', true, 'investigate', null,
        'The payer does not know the patient.',
        'Check the member number and name against the card.',
        'Copy the member number from the eligibility response.'
    ),
    (
        'CO-32', 'eligibility', true, 'investigate', null,
        'The patient is not an eligible dependent.',
        'Verify the dependent''s coverage with the subscriber.',
        'Verify eligibility of dependents before the visit.'
    ),
    (
        'CO-33', 'eligibility', true, 'investigate', null,
        'The subscriber has no cover for dependents.',
        'Verify the coverage with the subscriber.',
        'Verify eligibility of dependents before the visit.'
    ),
    (
        'CO-45', 'contractual_adjustment', false, 'write_off', null,
        'Charge above the contracted fee; not a denial.',
        'Post the adjustment.',
        'None needed: the contract sets the fee.'
    ),
    (
        'CO-50', 'medical_necessity', true, 'appeal', null,
        'The payer does not see a medical necessity.',
        'Appeal with clinical notes that show why the service was needed.',
        'Check coverage policies for the diagnosis before the service.'
    ),
    (
        'CO-55', 'medical_necessity', true, 'appeal', null,
        'The payer regards the service as experimental.',
        'Appeal with published evidence and clinical notes.',
        'Check coverage policies and ask for a predetermination.'
    ),
    (
        'CO-56', 'medical_necessity', true, 'appeal', null,
        'The payer does not regard the service as proven effective.',
        'Appeal with published evidence and clinical notes.',
        'Check coverage policies and ask for a predetermination.'
    ),
    (
        'CO-96', 'non_covered', true, 'investigate', null,
        'The plan does not cover the charge; the remark code says why.',
        'Read the remark code and the plan; bill another coverage if there is one.',
        'Verify benefits before the service and get a signed notice.'
    ),
    (
        'CO-97', 'bundling', true, 'appeal', null,
        'Paid together with another service.',
        'Review the NCCI edits; appeal or add a modifier where the services were distinct.',
        'Check NCCI edits before submission.'
    ),
    (
        'CO-109', 'coordination_of_benefits', true, 'rebill', null,
        'The claim went to the wrong payer or contractor.',
        'Find the right payer and bill it.',
        'Verify the payer at each visit.'
    ),
    (
        'CO-119', 'non_covered', true, 'investigate', null,
        'The benefit maximum of the period is used up.',
        'Verify the benefit; bill other coverage or the patient as the contract allows.',
        'Check remaining benefits before the service.'
    ),
    (
        'CO-137', 'contractual_adjustment', false, 'write_off', null,
        'A surcharge, assessment or tax of the law; not a denial.',
        'Post the adjustment.',
        'None needed: the law sets the amount.'
    ),
    (
        'CO-146', 'coding_error', true, 'rebill', null,
        'The diagnosis is not valid for the day of service.',
        'Use the code that was valid on that day and rebill.',
        'Update code sets on their effective dates.'
    ),
    (
        'CO-150', 'medical_necessity', true, 'appeal', null,
        'The payer does not see support for this level of service.',
        'Appeal with the notes that support the level.',
        'Audit levels of service against the documentation.'
    ),
    (
        'CO-151', 'frequency', true, 'appeal', null,
        'The payer does not see support for this many services.',
        'Appeal with notes that show why each was needed.',
        'Check frequency limits before the service.'
    ),
    (
        'CO-181', 'coding_error', true, 'rebill', null,
        'The procedure code was not valid on the day of service.',
        'Use the code that was valid on that day and rebill.',
        'Update code sets on their effective dates.'
    ),
    (
        'CO-182', 'coding_error', true, 'rebill', null,
        'The modifier was not valid on the day of service.',
        'Use a modifier that was valid on that day and rebill.',
        'Update code sets on their effective dates.'
    ),
    (
        'CO-185', 'provider_enrollment', true, 'investigate', null,
        'The rendering provider may not perform the service for this payer.',
        'Check enrollment and privileges with the payer.',
        'Track enrollment of providers by payer and date.'
    ),
    (
        'CO-197', 'authorization', true, 'appeal', 65,
        'No prior authorization or notification on file.',
        'Appeal with the authorization, or ask for a retroactive one with clinical notes.',
        'Check authorization needs when the service is scheduled.'
    ),
    (
        'CO-198', 'authorization', true, 'appeal', null,
        'More was done than the authorization allows.',
        'Appeal with notes that show why more was needed; ask to extend the authorization.',
        'Compare services with the authorization before each visit.'
    ),
    (
        'CO-204', 'non_covered', true, 'investigate', null,
        'Not a benefit of the patient''s plan.',
        'Verify the plan; bill other coverage or the patient as the contract allows.',
        'Verify benefits before the service and get a signed notice.'
    ),
    (
        'CO-223', 'contractual_adjustment', false, 'write_off', null,
        'A reduction by a law or rule that has no code of its own; not a denial.',
        'Post the adjustment.',
        'None needed: the law sets the reduction.'
    ),
    (
        'CO-226', 'missing_info', true, 'rebill', null,
        'Information that the payer asked the provider for did not come, or not in time.',
        'Send what was asked for with a corrected claim.',
        'Work the payer''s requests for records daily.'
    ),
    (
        'CO-231', 'bundling', true, 'appeal', null,
        'Two procedures that exclude each other on one day.',
        'Review the NCCI edits; appeal where the services were distinct.',
        'Check NCCI edits before submission.'
    ),
    (
        'CO-234', 'bundling', true, 'appeal', null,
        'The procedure is not paid on its own.',
        'Review the NCCI edits; appeal where it was distinct.',
        'Check NCCI edits before submission.'
    ),
    (
        'CO-243', 'authorization', true, 'appeal', null,
        'The network or primary care provider did not authorize the service.',
        'Appeal with the referral, or ask for a retroactive one.',
        'Check referral needs when the service is scheduled.'
    ),
    (
        'CO-251', 'missing_info', true, 'rebill', null,
        'The attachment was incomplete or faulty.',
        'Send the complete attachment with a corrected claim.',
        'Check attachments against the payer''s list.'
    ),
    (
        'CO-252', 'missing_info', true, 'rebill', null,
        'The payer needs an attachment to decide.',
        'Send the attachment that the remark code names.',
        'Attach records to the procedures that always need them.'
    ),
    (
        'CO-253', 'contractual_adjustment', false, 'write_off', null,
        'Sequestration reduction of a federal payment; not a denial.',
        'Post the adjustment.',
        'None needed: the law sets the reduction.'
    ),
    (
        'CO-B7', 'provider_enrollment', true, 'investigate', null,
        'The provider was not eligible for payment on the day of service.',
        'Check the effective date of the enrollment with the payer.',
        'Hold claims until enrollment is effective.'
    ),
    (
        'CO-B15', 'bundling', true, 'appeal', null,
        'The service needs another qualifying service that is missing or not paid.',
        'Bill the qualifying service, or appeal with proof of it.',
        'Check add-on and dependent codes before submission.'
    ),
    (
        'OA-18', 'duplicate', true, 'investigate', null,
        'Exact duplicate of another claim or line.',
        'Find the first claim; correct with a replacement instead of a second original.',
        'Check the status of a claim before sending it again.'
    ),
    (
        'OA-23', 'contractual_adjustment', false, 'write_off', null,
        'What a prior payer paid or adjusted; not a denial.',
        'Post the adjustment.',
        'None needed: the prior payer''s remittance sets it.'
    ),
    (
        'OA-94', 'contractual_adjustment', false, 'write_off', null,
        'Paid more than was charged, as a fee schedule asks; not a denial.',
        'Post the adjustment; it is below zero.',
        'None needed: the fee schedule sets the payment.'
    ),
    (
        'PR-1', 'patient_responsibility', false, 'transfer_to_patient', null,
        'Deductible.',
        'Verify eligibility, then bill the patient.',
        'Tell patients about their deductible and collect at the visit.'
    ),
    (
        'PR-2', 'patient_responsibility', false, 'transfer_to_patient', null,
        'Coinsurance.',
        'Verify eligibility, then bill the patient.',
        'Estimate the coinsurance and collect at the visit.'
    ),
    (
        'PR-3', 'patient_responsibility', false, 'transfer_to_patient', null,
        'Copayment.',
        'Verify eligibility, then bill the patient.',
        'Collect the copayment at the visit.'
    );
