import { type } from "./common.mjs";

// The properties of a flow of each type, what a change sends, and what is then there.
export const flows = {
	administrativeUnitProvisioningFlow: {
		body: { creationOptions: { createBasedOnOrg: true, createBasedOnOrgPlusRoleGroup: true } },
		change: { creationOptions: { createBasedOnOrg: false } },
		after: { creationOptions: { createBasedOnOrg: false, createBasedOnOrgPlusRoleGroup: true } },
	},
	securityGroupProvisioningFlow: {
		body: { creationOptions: { createBasedOnRoleGroup: true, createBasedOnOrgPlusRoleGroup: false } },
		change: { creationOptions: { createBasedOnOrgPlusRoleGroup: true } },
		after: { creationOptions: { createBasedOnRoleGroup: true, createBasedOnOrgPlusRoleGroup: true } },
	},
	classGroupProvisioningFlow: {
		body: {
			configuration: {
				additionalAttributes: ["courseTitle", "classCode"],
				additionalOptions: { createTeam: true, writeDisplayNameOnCreateOnly: true },
				enrollmentMappings: {
					ownerEnrollmentMappings: [{ code: "teacher" }],
					memberEnrollmentMappings: [{ code: "student" }, { code: "aide" }],
				},
			},
		},
		change: { configuration: { additionalOptions: { createTeam: false } } },
		after: {
			configuration: {
				additionalAttributes: ["courseTitle", "classCode"],
				additionalOptions: { createTeam: false, writeDisplayNameOnCreateOnly: true },
				enrollmentMappings: {
					ownerEnrollmentMappings: [{ code: "teacher" }],
					memberEnrollmentMappings: [{ code: "student" }, { code: "aide" }],
				},
			},
		},
	},
	userProvisioningFlow: {
		body: {
			createUnmatchedUsers: true,
			managementOptions: {
				additionalAttributes: ["userGradeLevel"],
				additionalOptions: { allowStudentContactAssociation: false, studentAgeGroup: "minor" },
			},
			creationOptions: { configurations: [] },
		},
		change: { managementOptions: { additionalOptions: { studentAgeGroup: null } } },
		after: {
			createUnmatchedUsers: true,
			managementOptions: {
				additionalAttributes: ["userGradeLevel"],
				additionalOptions: { allowStudentContactAssociation: false, studentAgeGroup: null },
			},
			creationOptions: { configurations: [] },
		},
	},
};

// configuration returns how users of a role group are created.
export const configuration = (roleGroup, sku, password) => ({
	licenseSkus: [sku],
	defaultPasswordSettings: { "@odata.type": type("simplePasswordSettings"), password },
	"roleGroup@odata.bind": `https://graph.microsoft.com/beta/external/industryData/roleGroups/${roleGroup}`,
});
