//! The departments of municipalities, for which roles can be given.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::accounts::Titles;
use super::door::Doors;
use super::fields::Fields;
use super::frame::Frame;
use super::guard::Signed;
use super::{page_as, see_other, work};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::account::{Object, Unit, Verb, shown_name};
use crate::model::code::MunicipalityCode;
use crate::model::name::Slug;
use crate::schema::Municipalities;
use crate::store::account::Department;

pub(super) fn doors(doors: Doors) -> Doors {
    doors.get("/desk/organizations", Verb::OrganizationEdit, show).post(
        "/desk/organizations",
        Verb::OrganizationEdit,
        set,
    )
}

#[derive(Template)]
#[template(path = "desk/departments.html")]
struct DepartmentsPage<'a> {
    frame: Frame,
    /// Municipality, short name, title.
    lines: Vec<(String, String, String)>,
    /// Codes and names of the municipalities the person may give departments.
    cities: Vec<(String, String)>,
    fault: &'a str,
}

async fn show(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, Problem> {
    answer(&app, &signed, "").await
}

async fn answer(app: &Arc<App>, signed: &Signed, fault: &str) -> Result<Response, Problem> {
    let (titles, departments) = Titles::read(app).await?;
    let own = signed.actor.grants.iter().filter_map(|grant| grant.reach.unit().map(Unit::code));
    let mut codes: Vec<MunicipalityCode> =
        app.catalogue().organizations().iter().map(|known| known.code).chain(own).collect();
    codes.sort();
    codes.dedup();
    let cities = codes
        .into_iter()
        .map(Unit::municipality)
        .filter(|unit| signed.sees(Object::Of(unit)))
        .map(|unit| (unit.to_string(), titles.of(Some(&unit))));
    let lines = departments.iter().filter(|department| signed.sees(Object::Of(&department.unit))).map(|department| {
        let city = titles.of(Some(&Unit::municipality(department.unit.code())));
        let name = department.unit.department_name().map(ToString::to_string).unwrap_or_default();
        (city, name, department.title.clone())
    });
    let template = DepartmentsPage {
        frame: Frame::new(app, signed, "部署").section("/desk/organizations"),
        lines: lines.collect(),
        cities: cities.collect(),
        fault,
    };
    // Asked even where there is nothing yet to be asked about.
    let _ = signed.sees(Object::Site);
    page_as(if fault.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &template)
}

async fn set(State(app): State<Arc<App>>, signed: Signed, fields: Fields) -> Result<Response, Problem> {
    let code = MunicipalityCode::parse(fields.get("municipality")).ok();
    let Some(code) = code.filter(|code| Municipalities::bundled().by_code(*code).is_some()) else {
        return Err(Problem::invalid("municipality", "団体を選んでください。"));
    };
    // A department is made and named by who looks after its municipality.
    signed.permit(Object::Of(&Unit::municipality(code)))?;
    let Ok(name) = Slug::parse(fields.get("name")) else {
        return answer(&app, &signed, "略称は、半角の英小文字・数字・「-」「_」で2文字以上にしてください。").await;
    };
    let Some(title) = shown_name(fields.get("title")) else {
        return answer(&app, &signed, "部署の名前を、60文字以内で入力してください。").await;
    };
    let department = Department { unit: Unit::department(code, name), title };
    work(&app, "making a department", move |app| {
        let subject = department.unit.to_string();
        let act = signed.act(app, "department set", &subject, Some(&department.unit), &department.title);
        app.store.set_department(&department, &act)
    })
    .await?;
    Ok(see_other("/desk/organizations"))
}
