//! All actions this server knows, with their help.

use super::{Answer, Call, activity, datastore, organizations, packages, resources, search, site, tags, write};
use crate::http::problem::Problem;

/// One action.
#[derive(Debug)]
pub struct Action {
    /// Its name in the address.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// What `help_show` says.
    pub help: &'static str,
}

/// How an action is answered.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// From the catalogue in memory.
    Read(fn(&Call) -> Result<Answer, Problem>),
    /// From the catalogue in memory, by going through much of it: on a thread that may be kept busy.
    Search(fn(&Call) -> Result<Answer, Problem>),
    /// From the database.
    Rows(fn(&Call) -> Result<Answer, Problem>),
    /// A change: refused without a login, and by GET always.
    Write,
    /// A read that only staff may do.
    Staff,
}

/// The action of a name.
pub fn find(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.name == name)
}

const fn read(name: &'static str, answer: fn(&Call) -> Result<Answer, Problem>, help: &'static str) -> Action {
    Action { name, kind: Kind::Read(answer), help }
}

const fn search(name: &'static str, answer: fn(&Call) -> Result<Answer, Problem>, help: &'static str) -> Action {
    Action { name, kind: Kind::Search(answer), help }
}

const fn rows(name: &'static str, answer: fn(&Call) -> Result<Answer, Problem>, help: &'static str) -> Action {
    Action { name, kind: Kind::Rows(answer), help }
}

const fn change(name: &'static str) -> Action {
    Action {
        name, kind: Kind::Write, help: "変更の操作です(ログインが必要です)。 A change; needs a login."
    }
}

const fn staff(name: &'static str) -> Action {
    Action {
        name, kind: Kind::Staff, help: "職員用の操作です(ログインが必要です)。 For staff; needs a login."
    }
}

/// Every action, reads first.
pub const ACTIONS: &[Action] = &[
    read("status_show", site::status_show, "サイトの情報。 Facts about the site: title, version, capabilities."),
    read("site_read", site::site_read, "常にtrue。 Always true."),
    read("help_show", site::help_show, "操作の説明。 The help of one action. name: 操作の名前"),
    read("license_list", site::license_list, "ライセンスの一覧。 All licences."),
    read("package_list", packages::package_list, "データセット名の一覧。 Names of all datasets. limit, offset"),
    read("package_show", packages::package_show, "データセット1件。 One dataset. id: 名前またはID, include_tracking"),
    search(
        "current_package_list_with_resources",
        packages::current_package_list_with_resources,
        "新しい順のデータセット。 Datasets, newest first. limit, offset, page",
    ),
    search(
        "package_autocomplete",
        packages::package_autocomplete,
        "名前かタイトルに文字を含むデータセット。 Datasets whose name or title holds q. q, limit",
    ),
    search(
        "package_search",
        search::package_search,
        "データセットの検索。 Search. q, fq, fq_list, rows, start, sort, facet.field, facet.limit, facet.mincount, fl, \
         ext_bbox, include_tracking",
    ),
    read("resource_show", resources::resource_show, "配布ファイル1件。 One resource. id, include_tracking"),
    search(
        "resource_search",
        resources::resource_search,
        "配布ファイルの検索。 Resources by field:term. query, order_by, offset, limit",
    ),
    read("resource_view_list", resources::resource_view_list, "配布ファイルの表示。 Views of a resource. id"),
    read("resource_view_show", resources::resource_view_show, "表示1件。 One view. id"),
    read("format_autocomplete", resources::format_autocomplete, "形式の候補。 Formats that hold q. q, limit"),
    read(
        "organization_list",
        organizations::organization_list,
        "組織の一覧。 Organizations. sort, limit, offset, organizations, all_fields, q",
    ),
    read("organization_show", organizations::organization_show, "組織1件。 One organization. id, include_datasets"),
    read(
        "organization_autocomplete",
        organizations::organization_autocomplete,
        "組織の候補。 Organizations that hold q. q, limit",
    ),
    read(
        "organization_list_for_user",
        organizations::organization_list_for_user,
        "編集できる組織。 Organizations the caller may edit.",
    ),
    read("group_list", organizations::group_list, "グループの一覧(使っていません)。 Groups; none are in use."),
    read("group_show", organizations::group_show, "グループ1件。 One group. id"),
    read("group_package_show", organizations::group_show, "グループのデータセット。 Datasets of a group. id"),
    read("group_autocomplete", site::empty_list, "グループの候補。 Groups that hold q."),
    read("group_list_authz", site::empty_list, "編集できるグループ。 Groups the caller may edit."),
    read("tag_list", tags::tag_list, "タグの一覧。 Tags. query, all_fields"),
    search("tag_show", tags::tag_show, "タグ1件。 One tag. id, include_datasets"),
    read("tag_search", tags::tag_search, "タグの検索。 Tags that hold query. query, limit, offset"),
    read("tag_autocomplete", tags::tag_autocomplete, "タグの候補。 Names of tags that hold query. query, limit"),
    read("vocabulary_list", site::empty_list, "語彙の一覧(使っていません)。 Vocabularies; none are in use."),
    read("vocabulary_show", tags::vocabulary_show, "語彙1件。 One vocabulary. id"),
    read("member_roles_list", site::member_roles_list, "役割の一覧。 Roles."),
    read("package_relationships_list", packages::package_relationships_list, "データセットの関係。 Relations. id"),
    read("dataset_follower_count", site::zero, "フォロワー数(常に0)。 Followers; always 0."),
    read("group_follower_count", site::zero, "フォロワー数(常に0)。 Followers; always 0."),
    read("organization_follower_count", site::zero, "フォロワー数(常に0)。 Followers; always 0."),
    rows(
        "recently_changed_packages_activity_list",
        activity::recently_changed,
        "最近の公開。 What was published last. limit, offset",
    ),
    rows(
        "package_activity_list",
        activity::of_package,
        "データセットの公開。 When it was published. id, limit, offset",
    ),
    rows(
        "organization_activity_list",
        activity::of_organization,
        "組織の公開。 When it published what. id, limit, offset",
    ),
    rows("group_activity_list", activity::of_group, "グループの公開(使っていません)。 Groups; none are in use. id"),
    Action {
        name: "datastore_search",
        kind: Kind::Rows(datastore::datastore_search),
        help: "表の行。 Rows of a table. resource_id, filters, q, fields, sort, limit, offset, include_total, \
               records_format",
    },
    Action {
        name: "datastore_info",
        kind: Kind::Rows(datastore::datastore_info),
        help: "表の項目。 The columns of a table. id",
    },
    Action {
        name: "datastore_search_sql",
        kind: Kind::Rows(datastore::datastore_search_sql),
        help: "SQLによる表の検索(設定 datastore_sql が有効なとき)。 One SELECT over tables, where the site offers it. sql",
    },
    Action {
        name: "api_token_list",
        kind: Kind::Rows(write::api_token_list),
        help: "自分のトークンと、それで作ったトークン(トークンが必要です)。 The caller's token and those made with it.",
    },
    staff("user_list"),
    staff("user_show"),
    staff("get_site_user"),
    staff("config_option_list"),
    staff("config_option_show"),
    staff("job_list"),
    staff("dashboard_activity_list"),
    staff("member_list"),
    change("package_create"),
    change("package_update"),
    change("package_patch"),
    change("package_delete"),
    change("package_revise"),
    change("package_owner_org_update"),
    change("resource_create"),
    change("resource_update"),
    change("resource_patch"),
    change("resource_delete"),
    change("resource_view_create"),
    change("organization_create"),
    change("organization_update"),
    change("organization_patch"),
    change("organization_delete"),
    change("group_create"),
    change("group_update"),
    change("group_patch"),
    change("group_delete"),
    change("member_create"),
    change("tag_create"),
    change("vocabulary_create"),
    change("datastore_create"),
    change("datastore_upsert"),
    change("datastore_delete"),
    change("datastore_records_delete"),
    change("api_token_create"),
    change("api_token_revoke"),
];
