//! AWS IAM, as far as tools ask of it that make state machines and functions: roles and their policies.

use std::collections::BTreeMap;

use http::StatusCode;

use super::form::Form;
use super::role::{ROLES, Role, encoded, key};
use super::xml::Xml;
use crate::App;
use crate::aws::caller::Caller;
use crate::aws::fault::Fault;
use crate::aws::states::now;

pub(super) const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// What the operation answers.
pub(super) async fn carry_out(
    app: &App,
    caller: &Caller,
    operation: &str,
    form: &Form,
) -> Result<Xml, Fault> {
    let roles = Roles { app, caller, form };
    match operation {
        "CreateRole" => roles.create().await,
        "GetRole" => Ok(roles.get().await?.element(caller)),
        "ListRoles" => roles.list().await,
        "DeleteRole" => roles.delete().await,
        "UpdateRole" => roles.change(Change::Describe).await,
        "UpdateAssumeRolePolicy" => roles.change(Change::Trust).await,
        "PutRolePolicy" => roles.change(Change::Put).await,
        "DeleteRolePolicy" => roles.change(Change::Remove).await,
        "GetRolePolicy" => roles.policy().await,
        "ListRolePolicies" => roles.policies().await,
        "AttachRolePolicy" => roles.change(Change::Attach).await,
        "DetachRolePolicy" => roles.change(Change::Detach).await,
        "ListAttachedRolePolicies" => roles.attached().await,
        "TagRole" => roles.change(Change::Tag).await,
        "UntagRole" => roles.change(Change::Untag).await,
        "ListInstanceProfilesForRole" => {
            roles.get().await?;
            Ok(Xml::list("InstanceProfiles", []).and(&Xml::text("IsTruncated", "false")))
        }
        other => Err(Fault::new("InvalidAction", format!("Could not find operation {other}"))),
    }
}

/// What is changed of a role.
#[derive(Clone, Copy, Debug)]
enum Change {
    Describe,
    Trust,
    Put,
    Remove,
    Attach,
    Detach,
    Tag,
    Untag,
}

struct Roles<'a> {
    app: &'a App,
    caller: &'a Caller,
    form: &'a Form,
}

impl Roles<'_> {
    fn key(&self) -> String {
        key(self.caller, self.form.text("RoleName"))
    }

    async fn create(&self) -> Result<Xml, Fault> {
        let form = self.form;
        let name = form.text("RoleName").to_owned();
        if name.is_empty() {
            return Err(Fault::new("ValidationError", "the role has no name"));
        }
        let _change = self.app.aws.change().await;
        if ROLES.get::<Role>(self.app, &self.key()).await?.is_some() {
            let message = format!("Role with name {name} already exists.");
            return Err(Fault::new("EntityAlreadyExists", message).with_status(StatusCode::CONFLICT));
        }
        let role = Role {
            name,
            path: form.get("Path").unwrap_or("/").to_owned(),
            description: form.text("Description").to_owned(),
            trust: form.text("AssumeRolePolicyDocument").to_owned(),
            created: now(),
            max_session_s: form.get("MaxSessionDuration").unwrap_or("3600").to_owned(),
            policies: BTreeMap::new(),
            attached: Vec::new(),
            tags: self.tags(),
        };
        ROLES.put(self.app, &self.key(), &role).await?;
        Ok(role.element(self.caller))
    }

    fn tags(&self) -> BTreeMap<String, String> {
        self.form.list("Tags", "Key").into_iter().zip(self.form.list("Tags", "Value")).collect()
    }

    async fn get(&self) -> Result<Role, Fault> {
        ROLES.get(self.app, &self.key()).await?.ok_or_else(|| {
            missing(format!("The role with name {} cannot be found.", self.form.text("RoleName")))
        })
    }

    async fn list(&self) -> Result<Xml, Fault> {
        let roles: Vec<Role> = ROLES.all(self.app, key(self.caller, "")).await?;
        let told = roles.iter().map(|role| role.told(self.caller));
        Ok(Xml::list("Roles", told).and(&Xml::text("IsTruncated", "false")))
    }

    async fn delete(&self) -> Result<Xml, Fault> {
        let _change = self.app.aws.change().await;
        self.get().await?;
        ROLES.forget(self.app, &self.key()).await?;
        Ok(Xml::none())
    }

    async fn change(&self, change: Change) -> Result<Xml, Fault> {
        let form = self.form;
        let _change = self.app.aws.change().await;
        let mut role = self.get().await?;
        let (policy, arn) = (form.text("PolicyName").to_owned(), form.text("PolicyArn").to_owned());
        match change {
            Change::Describe => {
                role.description = form.get("Description").map_or(role.description, str::to_owned);
                role.max_session_s = form.get("MaxSessionDuration").map_or(role.max_session_s, str::to_owned);
            }
            Change::Trust => role.trust = form.text("PolicyDocument").to_owned(),
            Change::Put => {
                role.policies.insert(policy, form.text("PolicyDocument").to_owned());
            }
            Change::Remove => {
                role.policies.remove(&policy).ok_or_else(|| no_policy(&policy))?;
            }
            Change::Attach if role.attached.contains(&arn) => {}
            Change::Attach => role.attached.push(arn),
            Change::Detach => role.attached.retain(|known| *known != arn),
            Change::Tag => role.tags.extend(self.tags()),
            Change::Untag => form.list("TagKeys", "").iter().for_each(|key| drop(role.tags.remove(key))),
        }
        ROLES.put(self.app, &self.key(), &role).await?;
        Ok(Xml::none())
    }

    async fn policy(&self) -> Result<Xml, Fault> {
        let role = self.get().await?;
        let name = self.form.text("PolicyName");
        let document = role.policies.get(name).ok_or_else(|| no_policy(name))?;
        Ok(Xml::text("RoleName", &role.name)
            .and(&Xml::text("PolicyName", name))
            .and(&Xml::text("PolicyDocument", encoded(document))))
    }

    async fn policies(&self) -> Result<Xml, Fault> {
        let role = self.get().await?;
        let names = role.policies.keys().map(Xml::plain);
        Ok(Xml::list("PolicyNames", names).and(&Xml::text("IsTruncated", "false")))
    }

    async fn attached(&self) -> Result<Xml, Fault> {
        let role = self.get().await?;
        let policies = role.attached.iter().map(|arn| {
            let name = arn.rsplit('/').next().unwrap_or_default();
            Xml::text("PolicyName", name).and(&Xml::text("PolicyArn", arn))
        });
        Ok(Xml::list("AttachedPolicies", policies).and(&Xml::text("IsTruncated", "false")))
    }
}

fn no_policy(name: &str) -> Fault {
    missing(format!("The role policy with name {name} cannot be found."))
}

fn missing(message: String) -> Fault {
    Fault::new("NoSuchEntity", message).with_status(StatusCode::NOT_FOUND)
}
